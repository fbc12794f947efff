"""The roster: people as the HR system lists them, one line for each position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import DomainError, InvalidValue
from domain.kernel.typography import alike
from domain.kernel.values import Email, PlausibleDay, ShortName, enforce
from domain.people.names import EmployeeId, employee_key
from domain.people.positions import Work
from domain.people.roster_dated import AT_WORK_CELL, DATED, Dated
from domain.people.users import MOST_METADATA, FullName, Metadata, User

STATED = ("employee_id", "email", "full_name", "department", "job_title", "location", "hired_on")
"""What a line says of a person."""
COLUMNS = (*STATED, "rehired_on", *DATED, "is_primary")
"""The known columns; any other one goes to `profile_metadata`."""


REHIRED = "STATUS: rehired"
"""The cell of a line whose status says so. Names of columns are in lower case, so that none can be this one."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line of the file was not accepted. Lines count from 1, the header included."""

    line: int
    column: str | None
    message: str


def too_much_metadata(line: int, count: int) -> LineProblem | None:
    """The problem of a line that would give the person so many metadata keys; None if they are not too many."""
    if count <= MOST_METADATA:
        return None
    told = f"would give the person {count} metadata entries; at most {MOST_METADATA} are possible. Remove columns"
    return LineProblem(line, None, told)


class RosterRejected(DomainError):
    """Nothing was imported: some lines are invalid and no partial import was requested."""

    slug = "roster-rejected"
    title = "The roster has invalid lines"

    def __init__(self, problems: tuple[LineProblem, ...], *, may_be_partial: bool = True) -> None:
        way_out = (
            "Correct the lines, or import partially."
            if may_be_partial
            else "Correct the lines: a line that is left out may be about somebody who would then count as missing."
        )
        super().__init__(f"{len(problems)} problem(s) found and nothing imported. {way_out}")
        self.problems = problems


class RosterUnreadable(DomainError):
    """The file is not a CSV file with a usable header."""

    slug = "roster-unreadable"
    title = "The roster cannot be read"


@dataclass(frozen=True, slots=True)
class RosterImported(DomainEvent):
    """A roster was merged into the users; UsersRegistered and UsersEdited with the same batch name the profiles."""

    import_id: UUID
    """The import, which is the batch of the events that name the people."""
    created: int
    """How many people were added."""
    updated: int
    """How many people were changed."""
    unchanged: int
    """How many people already matched the roster."""

    @property
    def subject_id(self) -> UUID:
        return self.import_id


class Listed(Protocol):
    """A person as far as a roster says something of people."""

    @property
    def employee_id(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def full_name(self) -> str | None: ...
    @property
    def department(self) -> str | None: ...
    @property
    def job_title(self) -> str | None: ...
    @property
    def location(self) -> str | None: ...
    @property
    def hired_on(self) -> date | None: ...
    @property
    def profile_metadata(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A column that differs from what is known of the person; `before` is null if nothing is known."""

    column: str
    before: str | None
    after: str


class LineOutcome(StrEnum):
    """What a line does."""

    CREATED = "created"
    UPDATED = "updated"
    REACTIVATED = "reactivated"
    DEACTIVATED = "deactivated"
    """The last day of work, which the line names, has passed."""
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LineEffect:
    """What a line of the file does, and to whom, as the file names the person.

    A line that is refused has the column at fault, if it is one, and the reason.
    """

    line: int
    outcome: LineOutcome
    person: str | None = None
    user_id: UUID | None = None
    changes: tuple[FieldChange, ...] = ()
    column: str | None = None
    reason: str | None = None

    @classmethod
    def refused(cls, problem: LineProblem) -> LineEffect:
        """That of a line with this problem."""
        return cls(problem.line, LineOutcome.REFUSED, column=problem.column, reason=problem.message)

    def noted(self, changes: tuple[FieldChange, ...] = ()) -> LineEffect:
        """That of a line which also changes the history of its person like this."""
        outcome = LineOutcome.UPDATED if self.outcome is LineOutcome.UNCHANGED else self.outcome
        if outcome is LineOutcome.UPDATED and any(change.column == "is_active" for change in changes):
            outcome = LineOutcome.DEACTIVATED
        return replace(self, outcome=outcome, changes=(*self.changes, *changes))


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A person as the roster states; None where the file has no such column or an empty cell."""

    line: int
    email: Email | None = None
    full_name: FullName | None = None
    department: ShortName | None = None
    job_title: ShortName | None = None
    location: ShortName | None = None
    hired_on: PlausibleDay | None = None
    profile_metadata: Metadata = field(default_factory=dict)
    employee_id: EmployeeId | None = None
    rehired_on: PlausibleDay | None = None
    rehired: bool = False
    """Whether the status says that the person was hired again."""
    dated: Dated | None = None
    """What the line says of other days. Department, title and location are there alone if they have a day."""
    is_primary: bool | None = None
    """Whether the position is the primary one of the person; None if the line does not say it."""

    def __post_init__(self) -> None:
        enforce(self)

    @classmethod
    def parse(cls, line: int, cells: Mapping[str, str]) -> RosterEntry:
        """Read one line, cells by column name. Raises InvalidValue naming the column."""
        trimmed = {name: value.strip() for name, value in cells.items()}
        if not trimmed.get("email") and not trimmed.get("employee_id"):
            raise InvalidValue("is missing, and so is 'employee_id'; a line needs one of them", "email")
        work = Work(*(trimmed.get(name) or None for name in ("department", "job_title", "location")))
        dated = Dated.of(
            {name: _date(trimmed, name) for name in ("hired_on", "rehired_on", *DATED)},
            at_work=bool(trimmed.get(AT_WORK_CELL)),
            work=work,
        )
        today = Work() if dated and dated.effective_date else work
        return cls(
            line=line,
            email=trimmed.get("email", "").lower() or None,
            employee_id=trimmed.get("employee_id") or None,
            full_name=trimmed.get("full_name") or None,
            department=today.department,
            job_title=today.job_title,
            location=today.location,
            hired_on=_date(trimmed, "hired_on"),
            profile_metadata={
                name: value
                for name, value in trimmed.items()
                if value and name not in (*COLUMNS, REHIRED, AT_WORK_CELL)
            },
            rehired_on=_date(trimmed, "rehired_on"),
            rehired=bool(trimmed.get(REHIRED)),
            dated=dated,
            is_primary=_yes_or_no(trimmed, "is_primary"),
        )

    def as_of(self, today: date) -> RosterEntry:
        """The line as it is to be understood on this day: the employment that began last counts."""
        begins = [day for day in (self.hired_on, self.rehired_on) if day]
        if self.rehired_on is None or self.rehired_on > today:
            return self
        return replace(self, hired_on=max(begins))

    @property
    def person(self) -> str:
        """How the line names the person."""
        return self.email or self.employee_id or ""

    @property
    def work(self) -> Work:
        """Department, title and location as the line states them, for any first day."""
        today = Work(self.department, self.job_title, self.location)
        return self.dated.work if self.dated and self.dated.effective_date else today

    def changes_to(self, person: Listed) -> tuple[FieldChange, ...]:
        """What the line changes of this person: nothing where it is silent, or says what is known."""
        plain = [
            FieldChange(name, _text(before), str(after))
            for name in STATED
            if (after := getattr(self, name)) is not None
            and (before := getattr(person, name)) != after
            and (name != "employee_id" or employee_key(before) != employee_key(after))
        ]
        known = person.profile_metadata
        return (
            *plain,
            *(
                FieldChange(name, _text(known.get(name)), after)
                for name, after in sorted(self.profile_metadata.items())
                if name not in known or known[name] != after
            ),
        )

    def effect_on(self, user_id: UUID | None, person: Listed | None) -> LineEffect:
        """What the line does: it creates somebody, or changes this person, or leaves this person as known."""
        if person is None:
            return LineEffect(self.line, LineOutcome.CREATED, self.person)
        changes = self.changes_to(person)
        outcome = LineOutcome.UPDATED if changes else LineOutcome.UNCHANGED
        return LineEffect(self.line, outcome, self.person, user_id, changes)

    def overfills(self, known: Mapping[str, Any]) -> LineProblem | None:
        """Why the line and the known metadata together have too many keys; None when they do not."""
        return too_much_metadata(self.line, len({*known, *self.profile_metadata}))

    def newcomer(self, user_id: UUID, *, now: datetime) -> User:
        """The new user that the line adds when it is about nobody who is known."""
        return User(
            user_id,
            email=self.email,
            employee_id=self.employee_id,
            full_name=self.full_name,
            department=self.department,
            job_title=self.job_title,
            location=self.location,
            hired_on=self.hired_on,
            profile_metadata=dict(self.profile_metadata),
            now=now,
        )

    def bring_up_to_date(self, user: User, *, now: datetime) -> bool:
        """Update the user whom the line is about; empty columns change nothing. Returns whether anything changed."""
        stated = {name: getattr(self, name) for name in STATED}
        return user.update_from_roster(
            {name: value for name, value in stated.items() if value is not None}, self.profile_metadata, now=now
        )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _yes_or_no(cells: Mapping[str, str], column: str) -> bool | None:
    text = cells.get(column)
    if text and text not in ("yes", "no"):
        raise InvalidValue("must be yes or no", column)
    return text == "yes" if text else None


def _date(cells: Mapping[str, str], column: str) -> date | None:
    text = cells.get(column)
    if not text:
        return None
    try:
        text = alike(text)
        day = date.fromisoformat(text)
        # Python reads other forms of ISO 8601 too, such as 2026-W14-2.
        if day.isoformat() != text:
            raise ValueError
        return day
    except ValueError:
        raise InvalidValue("must be a date such as 2026-03-31", column) from None
