"""The roster: people as the HR system lists them, one line a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.aggregate import DomainEvent
from domain.errors import DomainError, InvalidValue
from domain.users import FullName, Metadata
from domain.values import Email, ShortName, enforce

COLUMNS = ("email", "full_name", "department", "job_title", "location", "hired_on")
"""The columns with a meaning of their own; any further one goes to `profile_metadata`."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line of the file was not taken. Lines count from 1, the header included."""

    line: int
    column: str | None
    message: str


class RosterRejected(DomainError):
    """Nothing was imported, since some lines are bad and a partial import was not asked for."""

    slug = "roster-rejected"
    title = "The roster has bad lines"

    def __init__(self, problems: tuple[LineProblem, ...]) -> None:
        super().__init__(f"{len(problems)} problem(s) found and nothing imported. Mend the lines, or import partially.")
        self.problems = problems


class RosterUnreadable(DomainError):
    """The file is not a CSV file with a usable header."""

    slug = "roster-unreadable"
    title = "The roster cannot be read"


@dataclass(frozen=True, slots=True)
class RosterImported(DomainEvent):
    """A roster was merged into the users; the counts are of people."""

    import_id: UUID
    created: int
    updated: int
    unchanged: int

    @property
    def subject_id(self) -> UUID:
        return self.import_id


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A person as the roster states; None where the file has no such column or an empty cell."""

    line: int
    email: Email
    full_name: FullName | None = None
    department: ShortName | None = None
    job_title: ShortName | None = None
    location: ShortName | None = None
    hired_on: date | None = None
    profile_metadata: Metadata = field(default_factory=dict)

    def __post_init__(self) -> None:
        enforce(self)

    @classmethod
    def parse(cls, line: int, cells: Mapping[str, str]) -> RosterEntry:
        """Read one line, cells by column name. Raises InvalidValue naming the column."""
        trimmed = {name: value.strip() for name, value in cells.items()}
        if not trimmed.get("email"):
            raise InvalidValue("is missing", "email")
        return cls(
            line=line,
            email=trimmed["email"].lower(),
            full_name=trimmed.get("full_name") or None,
            department=trimmed.get("department") or None,
            job_title=trimmed.get("job_title") or None,
            location=trimmed.get("location") or None,
            hired_on=_date(trimmed.get("hired_on", "")),
            profile_metadata={name: value for name, value in trimmed.items() if value and name not in COLUMNS},
        )


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        # Python reads other forms of ISO 8601 too, such as 2026-W14-2.
        if day.isoformat() != text:
            raise ValueError
        return day
    except ValueError:
        raise InvalidValue("must be a date such as 2026-03-31", "hired_on") from None
