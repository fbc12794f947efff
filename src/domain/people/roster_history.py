"""What the dated lines of a roster do to the histories of people, by the rules of positions and employment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.kernel.errors import InvalidValue
from domain.people.administrators import only_a_person_reactivates
from domain.people.employment import (
    EmploymentContradiction,
    EmploymentFact,
    EmploymentState,
    employment_on,
    first_day,
)
from domain.people.facts import NewId, day_after, day_before
from domain.people.histories import History, Profile, begin
from domain.people.positions import Work
from domain.people.roster import FieldChange, LineProblem
from domain.people.roster_dated import Dated
from domain.people.roster_effects import WORK, DatedEffect, DatedLine, ImportDay
from domain.people.roster_employment import require_at_work, require_hired
from domain.people.roster_positions import changes_of

OWN_LEAVING = "is about you, and nobody decides about their own access; another administrator can record it"
ADMINISTRATOR_LEAVING = (
    "would end the employment of an administrator, which a roster does not. Record it for the person, or take the role "
    "away first"
)
RIGHTS_GIVEN_BACK = "would give back access that only a person may give. Record the rehire for the person first"


def apply_line(line: DatedLine, known: History | None, day: ImportDay, new_id: NewId, *, returns: bool) -> DatedEffect:
    """Add to the history of the person what the line says, and the further ones about the person.

    `known` is None of somebody new. `returns` is whether a deactivated person becomes active again by the line.
    """
    writing = _Writing(line, known, day, new_id, returns)
    history = writing.history
    try:
        if line.entry.dated is not None:
            writing.write(line.is_active)
        writing.hold_secondary()
    except EmploymentContradiction as error:
        problem = LineProblem(line.entry.line, "rehired_on", str(_refused(error, "rehired_on")))
        return DatedEffect(line.entry.line, history, problem=problem)
    except InvalidValue as error:
        column = str(error.field[0]) if error.field else None
        return DatedEffect(line.entry.line, history, problem=LineProblem(writing.at_line, column, str(error)))
    decided = history.decided(day.today) if known else frozenset()
    return DatedEffect(
        line.entry.line,
        history,
        tuple(writing.changes),
        _not_allowed(line, day, decided - {True} if returns else decided),
        False in decided,
        line.entry.dated is not None and (line.is_active or returns) and not history.profile(day.today).is_active,
        history.profile(day.today).work if writing.dated.effective_date else None,
        writing.secondary,
    )


def _not_allowed(line: DatedLine, day: ImportDay, decided: frozenset[bool]) -> LineProblem | None:
    """Why an import may not decide that the person works here or not, as far as the line decides that."""
    if False in decided and (line.is_administrator or line.user_id == day.own_id):
        told = OWN_LEAVING if line.user_id == day.own_id else ADMINISTRATOR_LEAVING
        return LineProblem(line.entry.line, "terminated_on", told)
    needs_a_person = only_a_person_reactivates(line.user_id, is_privileged=line.is_privileged, maker=day.own_id)
    if True in decided and not day.is_person and needs_a_person:
        return LineProblem(line.entry.line, "rehired_on", RIGHTS_GIVEN_BACK)
    return None


@dataclass(slots=True)
class _Writing:
    """One line as it is written into one history. Raises InvalidValue, which names the column."""

    line: DatedLine
    known: History | None
    day: ImportDay
    new_id: NewId
    returns: bool
    changes: list[FieldChange] = field(default_factory=list)
    secondary: dict[int, tuple[FieldChange, ...]] = field(default_factory=dict)
    history: History = field(init=False)
    at_line: int = field(init=False)
    _before: dict[UUID, EmploymentFact] = field(init=False)

    def __post_init__(self) -> None:
        entry, dated = self.line.entry, self.dated
        self.at_line = entry.line
        if self.known is None:
            hired_on = dated.hired_on if self._is_split else entry.hired_on
            work = Work(entry.department, entry.job_title, entry.location)
            self.history = begin(
                self.line.user_id, Profile(work, hired_on, True), self.day.today, self.day.origin, self.new_id
            )
        else:
            self.history = self.known
        self._before = {each.id: each for each in self.history.employment.facts}

    @property
    def dated(self) -> Dated:
        return self.line.entry.dated or Dated()

    @property
    def _is_split(self) -> bool:
        """Whether somebody left and was hired again later, and not on the next day, as if nothing had happened."""
        last, again = self.dated.terminated_on, self.dated.rehired_on
        return last is not None and again is not None and day_after(last) < again

    def write(self, was_active: bool) -> None:
        dated, today = self.dated, self.day.today
        last, again = dated.terminated_on, dated.rehired_on
        if not was_active and not self.returns and again is not None and again <= today:
            self._hold()
            return  # Somebody who stays deactivated in spite of a rehire, which the answer reports.
        # Somebody who is deactivated has left by today, even if the line names a later last day.
        leaves = last is not None and (was_active or self.returns or last < today)
        if last is not None and leaves and self._is_split:
            self._leave(last)
        employed = self.history.profile(today).is_active
        self._follow(
            employed or self.returns or (was_active and self._is_split and again is not None and again <= today)
        )
        if again is not None and again > today and not employment_on(again, self.history.employment.facts).is_employed:
            self.history.employment.add(EmploymentState.REHIRED, again, self.day.origin)
            self.changes.append(FieldChange("rehired_on", None, str(again)))
        if last is not None and not self._is_split and (again is None or again <= last):
            self._require_known_leaving(last, again)
            self._require_status(last)
            if leaves:
                self._leave(last)
        if was_active or self.returns or last is not None:
            self._be_on_leave()
            if dated.effective_date is not None:
                require_at_work(dated.effective_date, self.history.employment.facts)
        self._hold()
        is_active = self.history.profile(today).is_active
        if was_active and not is_active and self.known is not None:
            self.changes.append(FieldChange("is_active", "true", "false"))

    def _follow(self, is_active: bool) -> None:
        """What the line says of today; other changes of users are followed when all of them have been merged."""
        if self.known is None and not self._is_split:
            return
        entry, shown = self.line.entry, self.history.profile(self.day.today)
        work = Work(entry.department, entry.job_title, entry.location).over(shown.work)
        profile = Profile(work, entry.hired_on or shown.hired_on, is_active)
        self.history.follow(profile, self.day.today, self.day.origin)

    def _require_known_leaving(self, last: date, again: date | None) -> None:
        if again is None:
            return
        states = self.history.employment.facts
        if not any(each.state is EmploymentState.LEFT and each.from_day <= again for each in states):
            raise InvalidValue(
                f"is {again}, before the last day of work, {last}, and no earlier last day of work is known. Correct "
                "one of the two days; if the person left after the rehire, leave this cell empty and give the rehire "
                "under 'hired_on'",
                "rehired_on",
            )

    def _require_status(self, last: date) -> None:
        if self.dated.at_work and last < self.day.today:
            raise InvalidValue(
                f"is {last}, which has passed, and the status says that the person works here. Correct one of them; or "
                "give the day under 'rehired_on' if the person was hired again",
                "terminated_on",
            )

    def _leave(self, last: date) -> None:
        require_hired(last, self.history.employment.facts, "terminated_on")
        try:
            fact = self.history.employment.left_after(last, self.day.origin)
        except EmploymentContradiction as error:
            raise _refused(error, "terminated_on") from None
        if fact is not None:
            self.changes.append(FieldChange("terminated_on", self._last_before(fact), str(last)))

    def _be_on_leave(self) -> None:
        first, last = self.dated.leave_from, self.dated.leave_until
        column = "leave_from" if first else "leave_until"
        if first is None and last is None:
            return
        if first is not None:
            require_hired(first, self.history.employment.facts, "leave_from")
        try:
            written = self.history.employment.on_leave(first, last, self.day.origin)
        except EmploymentContradiction as error:
            raise _refused(error, column) from None
        for each in written:
            if each.state is EmploymentState.ON_LEAVE:
                self.changes.append(FieldChange("leave_from", None, str(each.from_day)))
            else:
                self.changes.append(FieldChange("leave_until", self._last_before(each), str(last)))

    def _hold(self) -> None:
        """From its effective date on the person works as the line says."""
        day, work, today = self.dated.effective_date, self.dated.work, self.day.today
        if day is None:
            return
        require_hired(day, self.history.employment.facts, "effective_date")
        until = first_day(today, self.history.employment.facts)
        found = self.history.positions.hold(work, day, until, self.day.origin)
        now = self.history.profile(today).work
        differing = [(before, work) for before in found]
        if not self.line.is_new and now != self.line.shown:
            # Also something planned that has begun since.
            differing.append((self.line.shown, now))
        changes = {
            name: FieldChange(name, getattr(before, name), text)
            for before, after in reversed(differing)
            for name in WORK
            if (text := getattr(after, name)) and text != getattr(before, name)
        }
        self.changes += [changes[name] for name in WORK if name in changes]
        if differing:
            self.changes.append(FieldChange("effective_date", None, str(day)))

    def hold_secondary(self) -> None:
        """The positions besides the primary one become those of the further lines."""
        if self.line.secondary is None:
            return
        today, origin, positions = self.day.today, self.day.origin, self.history.positions
        states, primary = self.history.employment.facts, self._primary()
        since = today if self.known else self.line.entry.hired_on or today
        begins = first_day(today, states)
        for each in self.line.secondary:
            self.at_line = each.line
            if each.since is not None:
                require_hired(each.since, states, "effective_date")
                if self.line.is_active or self.returns:
                    require_at_work(each.since, states)
            if each.work == primary:
                continue  # The same work twice, such as for two rates of pay.
            held = positions.hold_secondary(
                each.work, each.since or since, today, origin, begins=begins if begins > today else date.min
            )
            if held is not None:
                self.secondary[each.line] = changes_of(*held)
        if self.day.ends_positions:
            keep = {each.work for each in self.line.secondary} - {primary}
            for work, last in positions.end_secondary(self._ends(), today, origin, keep=keep):
                self.changes.append(FieldChange("position", str(work), f"until {last}" if last else "never held"))
        self.at_line = self.line.entry.line

    def _primary(self) -> Work:
        """The work of the primary position today."""
        if self.known is None or self.line.entry.dated is not None:
            return self.history.profile(self.day.today).work
        return self.line.entry.work.over(self.line.shown)

    def _ends(self) -> date:
        """From when on the person does not have positions that the file no longer lists: from the day of a transfer
        that becomes known or is yet to come, else from today.
        """
        day = self.dated.effective_date
        is_news = any(change.column == "effective_date" for change in self.changes)
        return day if day is not None and (is_news or day > self.day.today) else self.day.today

    def _last_before(self, fact: EmploymentFact) -> str | None:
        """The last day by what was known before."""
        known = self._before.get(fact.supersedes) if fact.supersedes else None
        return str(day_before(known.from_day)) if known else None


def _refused(error: EmploymentContradiction, column: str) -> InvalidValue:
    text = str(error)
    return InvalidValue(f"does not fit what is known of the person: {text[0].lower()}{text[1:].rstrip('.')}", column)
