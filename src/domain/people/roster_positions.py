"""Several positions of one person in a roster, each on a line of its own.

One of the lines is the primary one, which speaks for the person; what the other ones say of the person must agree with
it. The lines of one person are imported together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from domain.people.names import employee_key
from domain.people.positions import Position, Work
from domain.people.roster import FieldChange, LineProblem, RosterEntry
from domain.people.roster_dated import Dated

MOST_LINES = 50
"""The most lines about one person."""
OF_PERSON = ("employee_id", "email", "full_name", "hired_on")
DAYS_OF_PERSON = ("leave_from", "leave_until", "terminated_on")


@dataclass(frozen=True, slots=True)
class SecondaryLine:
    """A line about a position that is not the primary one, which somebody has from `since`; today if it is None."""

    line: int
    work: Work
    since: date | None = None

    @classmethod
    def of(cls, entry: RosterEntry) -> SecondaryLine:
        """What this line says of a position."""
        return cls(entry.line, entry.work, entry.dated.effective_date if entry.dated else None)

    def is_known(self, facts: Collection[Position], today: date) -> bool:
        """Whether the person is known to have the position on these days, by the facts in force."""
        first = self.since or today
        return any(
            not each.is_primary and each.work == self.work and each.holds_throughout(first, max(first, today))
            for each in facts
        )


def are_known(lines: Collection[SecondaryLine], facts: Collection[Position], today: date) -> bool:
    """Whether these are the positions of the person besides the primary one, so that there is nothing to do."""
    works = {each.work for each in lines}
    return all(line.is_known(facts, today) for line in lines) and not any(
        not each.is_primary and each.holds_on(today) and each.work not in works for each in facts
    )


def changes_of(before: Position | None, after: Position) -> tuple[FieldChange, ...]:
    """What a line about a secondary position changes, by columns."""
    if before is None:
        texts = {name: getattr(after, name) for name in ("department", "job_title", "location")}
        return (
            *(FieldChange(name, None, text) for name, text in texts.items() if text),
            FieldChange("effective_date", None, str(after.starts_on)),
        )
    if before.starts_on != after.starts_on:
        return (FieldChange("effective_date", str(before.starts_on), str(after.starts_on)),)
    return (FieldChange("position", f"until {before.ends_on}", f"until {after.ends_on}" if after.ends_on else "open"),)


@dataclass(frozen=True, slots=True)
class PersonLines:
    """One of the lines with the same employee id, or else the same address; `says_primary` is what it says itself.

    `lines` are all of these, by number: how many there are, the first and the last one; `primary` are those of them
    that say yes.
    """

    line: int
    says_primary: bool | None
    lines: tuple[int, int, int]
    primary: tuple[int, int | None, int | None]

    @property
    def is_alone(self) -> bool:
        """Whether the person has one line."""
        return self.lines[0] == 1

    @property
    def is_primary(self) -> bool:
        """Whether it is the line of the primary position, if there is no problem."""
        return self.says_primary is True or self.is_alone

    def problem(self) -> LineProblem | None:
        """Why no line of the person is imported: none is the primary one, or several are, or there are too many."""
        count, *others = self.primary
        if self.lines[0] > MOST_LINES:
            told = f"is one of {self.lines[0]:,} lines about the same person; at most {MOST_LINES} are possible"
            return LineProblem(self.line, None, told)
        if count > 1:
            other = next((each for each in others if each is not None and each != self.line), self.line)
            if not self.says_primary:
                return left_out(self.line, other)
            told = f"says yes, and so does line {other} about the same person. Only one position is the primary one"
            return LineProblem(self.line, "is_primary", told)
        if count == 1 or (self.is_alone and self.says_primary is None):
            return None
        if self.is_alone:
            told = "says no, and no valid line about this person says yes. Say yes in the line of the primary position"
        else:
            other = next(each for each in self.lines[1:] if each != self.line)
            told = (
                f"does not say yes, nor does another line about the same person, such as line {other}. Say yes in the "
                "line of the primary position"
            )
        return LineProblem(self.line, "is_primary", told)


def person_lines(key_of: Mapping[int, object], says: Mapping[int, bool | None]) -> Iterable[PersonLines]:
    """Each line, by number, with the others of the same person, by their keys."""
    groups: dict[object, list[int]] = {}
    for line in sorted(key_of):
        groups.setdefault(key_of[line], []).append(line)
    for line in sorted(key_of):
        lines = groups[key_of[line]]
        primary = [each for each in lines if says[each]]
        ends = (primary[0], primary[-1]) if primary else (None, None)
        yield PersonLines(line, says[line], (len(lines), lines[0], lines[-1]), (len(primary), *ends))


def left_out(line: int, other: int) -> LineProblem:
    """The problem of a line since another one about the same person is refused."""
    told = f"is about the same person as line {other}, which is refused. The lines of one person are imported together"
    return LineProblem(line, None, told)


@dataclass(frozen=True, slots=True)
class LineKeys:
    """By which employee id and address a line names its person, the id as `employee_key` has it."""

    line: int
    employee_id: str | None
    email: str | None

    @property
    def names_somebody(self) -> bool:
        """Whether it has one of the two."""
        return bool(self.employee_id or self.email)

    def same_person(self, other: LineKeys) -> bool:
        """Whether the two lines are about one person: by employee id, or else by address."""
        if self.employee_id and other.employee_id:
            return self.employee_id == other.employee_id
        return self.email is not None and self.email == other.email


def left_out_with(unread: Iterable[LineKeys], lines: Iterable[LineKeys]) -> list[LineProblem]:
    """The problems of those lines that are about the same people as ones that cannot be read."""
    by_key: dict[str, list[LineKeys]] = {}
    for each in unread:
        for key in filter(None, (each.employee_id, each.email)):
            by_key.setdefault(key, []).append(each)
    problems = []
    for line in lines:
        near = (each for key in (line.employee_id, line.email) if key for each in by_key.get(key, ()))
        if other := next(filter(line.same_person, near), None):
            problems.append(left_out(line.line, other.line))
    return problems


def contradiction(entry: RosterEntry, primary: RosterEntry) -> LineProblem | None:
    """Why a line cannot be about another position of the person of the primary line; None if nothing is against it."""
    if not entry.work.is_known:
        told = f"is empty, and so are job title and location; line {primary.line} is about the same person already"
        return LineProblem(entry.line, "department", told)
    for column, said, known in _said_of_person(entry, primary):
        if said is None or _same(column, said, known):
            continue
        where = f"line {primary.line}, the primary one of the same person"
        if known is None:
            told = f"is {said}, and the cell is empty in {where}. Say it there"
        else:
            told = f"is {said}, and {known} in {where}. Correct one of the lines"
        return LineProblem(entry.line, column, told)
    return None


def _said_of_person(entry: RosterEntry, primary: RosterEntry) -> Iterable[tuple[str, object, object]]:
    said, known = entry.dated or Dated(), primary.dated or Dated()
    yield "rehired_on", entry.rehired_on, primary.rehired_on
    for column in OF_PERSON:
        # With a rehire, the day of hire of the primary line is that of the rehire.
        if column != "hired_on" or entry.rehired_on == primary.rehired_on:
            yield column, getattr(entry, column), getattr(primary, column)
    for column in DAYS_OF_PERSON:
        yield column, getattr(said, column), getattr(known, column)


def _same(column: str, said: object, known: object) -> bool:
    if column == "employee_id":
        return employee_key(str(said)) == employee_key(str(known) if known else None)
    return said == known
