"""Whom the lines of a roster are about: the people with the same addresses, or others to whom these were given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self
from uuid import UUID

from domain.kernel.errors import InvalidValue
from domain.kernel.text import same_name
from domain.people.names import employee_key
from domain.people.roster import LineProblem, RosterEntry


def same_id(listed: str | None, known: str | None) -> bool:
    """Whether both are there and the same employee id."""
    return listed is not None and employee_key(listed) == employee_key(known)


def may_be_about(entry: RosterEntry, employee_id: str | None) -> bool:
    """Whether the line can be about a person with its address and this employee id.

    Lines are about the person with their employee id, or else about the one with their address who has none, or for
    whom they name none.
    """
    return entry.employee_id is None or employee_id is None or same_id(entry.employee_id, employee_id)


REPEATS_ID = (
    "repeats the employee id of line {}; upper and lower case do not differ. Several positions of one person need a "
    "column 'is_primary', which says yes in the line of the primary one"
)


class Repeating:
    """Lines that have the address, the employee id or the person of an earlier one."""

    def __init__(self) -> None:
        self._problems: list[LineProblem] = []
        self._same_person: dict[int, int] = {}

    def add(self, line: int, firsts: Mapping[str, int]) -> None:
        """A line, with the first line that has its address, its employee id and its person."""
        if problem := repeats(line, firsts):
            self._problems.append(problem)
            if problem.column is None:
                self._same_person.setdefault(firsts["person"], line)

    @property
    def first_lines(self) -> list[int]:
        """The first lines of people about whom there is another line under another key."""
        return sorted(self._same_person)

    def problems(self, moving: Collection[int]) -> list[LineProblem]:
        """What is wrong with these lines, in their order; `moving` are the first lines that give another address.

        These are refused as well: when they are imported, the address is free, and the next import of the same file
        would add the person a second time under it.
        """
        text = "gives another e-mail address to the person of line {}. Keep one of them"
        both = (LineProblem(line, "email", text.format(self._same_person[line])) for line in moving)
        return sorted((*self._problems, *both), key=lambda problem: problem.line)


def repeats(line: int, firsts: Mapping[str, int]) -> LineProblem | None:
    """The problem of a line whose address, employee id or person an earlier one has; by these, the first line of each.

    None if the line is the first.
    """
    told = {
        "email": ("email", "repeats the e-mail address of line {}"),
        "employee_id": ("employee_id", REPEATS_ID),
        "person": (None, "is about the same person as line {}. Keep one of them"),
    }
    for key, (column, text) in told.items():
        if (first := firsts.get(key, line)) < line:
            return LineProblem(line, column, text.format(first))
    return None


@dataclass(frozen=True, slots=True)
class AddressHolder:
    """The user with an address. `known_since` is the date on which the user was first entered."""

    user_id: UUID
    full_name: str
    hired_on: date | None
    known_since: date
    is_active: bool
    employee_id: str | None = None

    def __str__(self) -> str:
        named = self.full_name or "somebody without a name"
        return f"{named} (employee id {self.employee_id})" if self.employee_id else named


@dataclass(frozen=True, slots=True)
class Renamed:
    """A line with the address of a user who has another name here."""

    entry: RosterEntry
    holder: AddressHolder

    @property
    def is_somebody_else(self) -> bool:
        """Whether the address was probably given to another person, who must not inherit the training records.

        A new name alone is taken for a marriage, and a later day of hire alone for a rehire. Both together, or another
        name at the address of a deactivated user, need a decision.
        """
        if self.entry.full_name is None or same_name(self.entry.full_name, self.holder.full_name):
            return False
        if not self.holder.is_active:
            return True
        before = self.holder.hired_on or self.holder.known_since
        return self.entry.hired_on is not None and self.entry.hired_on > before

    def problem(self) -> LineProblem:
        """The decision to be made, with both names."""
        known = f"{self.holder.full_name} ({_hired(self.holder.hired_on)})"
        listed = f"{self.entry.full_name} ({_hired(self.entry.hired_on)})"
        return LineProblem(
            self.entry.line,
            "email",
            f"belongs to {known} here and to {listed} in the roster; name the address under `same_person` if they are "
            "the same person, or under `new_person` if it was given to another person, who then has no records yet",
        )


@dataclass(frozen=True, slots=True)
class ClaimedAddress:
    """A line with an employee id whose address another person has here.

    `known_id` is the person with the line's employee id, if there is one. `holders_line` is the line about the holder
    of the address, if there is one, and `released` whether it gives the holder another address.
    """

    entry: RosterEntry
    holder: AddressHolder
    known_id: UUID | None = None
    holders_line: int | None = None
    released: bool = False

    def problem(self, *, is_same: bool = False) -> LineProblem:
        """Why the line is refused, with what can be done."""
        here = f"belongs to {self.holder} here, and in this line to employee id {self.entry.employee_id}"
        if is_same and self.known_id is None:
            told = f"{here}; line {self.holders_line} is about {self.holder} too. Keep one of the lines"
        elif is_same:
            told = f"{here}, who are two users here. If they are one person, merge the users first"
        elif self.holders_line is not None:
            told = (
                f"{here}; line {self.holders_line}, which is about {self.holder}, does not give another address. "
                "Correct one of the lines"
            )
        else:
            told = (
                f"{here}, and no line gives {self.holder} another address. Add such a line; or name the address under "
                "`new_person` if the holder has left, or under `same_person` if the person has a new employee id"
            )
        return LineProblem(self.entry.line, "email", told)


@dataclass(frozen=True, slots=True)
class SaidOfAddresses:
    """What was said of the addresses under which a file names somebody else than is known, in lower case."""

    same_person: frozenset[str]
    new_person: frozenset[str]

    @classmethod
    def of(cls, same_person: Sequence[str], new_person: Sequence[str]) -> Self:
        """Raises InvalidValue if it contradicts itself."""
        same, new = (frozenset(email.lower() for email in emails) for emails in (same_person, new_person))
        if same & new:
            raise InvalidValue("must not name an address that same_person names too", "new_person")
        return cls(same, new)

    def of_names(self, renamed: Sequence[Renamed]) -> AddressDecision:
        """Whose the addresses are under which lines give other names."""
        found = [each for each in renamed if each.is_somebody_else and each.entry.email not in self.same_person]
        return AddressDecision(
            tuple(each.problem() for each in found if each.entry.email not in self.new_person),
            tuple(Reassigned(each.entry.line, each.holder) for each in found if each.entry.email in self.new_person),
        )

    def of_claims(self, claims: Sequence[ClaimedAddress]) -> AddressDecision:
        """Whose the addresses are that lines give to other employee ids.

        An address is released by the line of its holder, unless that line is refused itself.
        """
        reassigned, attached, open_claims = list[Reassigned](), dict[int, UUID](), list[ClaimedAddress]()
        refused = dict[int, LineProblem]()
        for each in claims:
            line = each.entry.line
            if each.released:
                open_claims.append(each)
            elif each.entry.email in self.new_person:
                reassigned.append(Reassigned(line, each.holder))
            elif each.entry.email not in self.same_person:
                refused[line] = each.problem()
            elif each.known_id is None and each.holders_line is None:
                attached[line] = each.holder.user_id
            else:
                refused[line] = each.problem(is_same=True)
        while held := [each for each in open_claims if each.entry.line not in refused and each.holders_line in refused]:
            refused |= {each.entry.line: each.problem() for each in held}
        return AddressDecision(tuple(refused[line] for line in sorted(refused)), tuple(reassigned), attached)

    def unreleased(self, claims: Sequence[ClaimedAddress], before: AddressDecision) -> list[LineProblem]:
        """The claims that have lost the line that would have released the address, since it was refused after `before`.

        What was said of the address is no answer to them: another line was to give it away.
        """
        now = self.of_claims(claims)
        open_lines = {*now.attached, *(each.line for each in now.reassigned)}
        open_lines -= {each.line for each in before.reassigned}
        others = (each.problem() for each in claims if each.entry.line in open_lines)
        return sorted((*now.refused, *others), key=lambda problem: problem.line)


@dataclass(frozen=True, slots=True)
class Reassigned:
    """A line with an address that its holder has lost to the person of the line."""

    line: int
    holder: AddressHolder


def kept(reassigned: Iterable[Reassigned], problems: Iterable[LineProblem]) -> list[Reassigned]:
    """Those whose lines are not refused for another reason: nobody loses an address to a line that is left out."""
    refused = {problem.line for problem in problems}
    return [each for each in reassigned if each.line not in refused]


@dataclass(frozen=True, slots=True)
class AddressDecision:
    """Whose the addresses are under which a file names somebody else than is known.

    The `refused` lines still need a decision. `reassigned` addresses are lost by their holders, who have left. The
    lines of `attached` are about these users, who have another employee id until now.
    """

    refused: tuple[LineProblem, ...] = ()
    reassigned: tuple[Reassigned, ...] = ()
    attached: Mapping[int, UUID] = field(default_factory=dict)


def _hired(day: date | None) -> str:
    return f"hired {day}" if day else "hire date unknown"
