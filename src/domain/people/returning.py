"""People who are deactivated here and listed by a roster: they stay so, unless it says that they were hired again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self
from uuid import UUID

from domain.people.administrators import only_a_person_reactivates
from domain.people.roster import FieldChange, LineEffect, LineOutcome, LineProblem, RosterEntry


@dataclass(frozen=True, slots=True)
class InactivePerson:
    """A line about somebody who is deactivated here, since that day if it is known."""

    entry: RosterEntry
    user_id: UUID
    left_on: date | None
    is_privileged: bool

    def has_left(self, today: date) -> bool:
        """Whether the line itself says that the person does not work here any more."""
        dated = self.entry.dated
        return bool(dated and dated.terminated_on and dated.terminated_on < today and not dated.is_back)

    def stays_because(self, today: date) -> str | None:
        """Why the person stays deactivated; None if the line says that the person was hired again since."""
        since = f"has been deactivated here since {self.left_on}" if self.left_on else "is deactivated here"
        day = self.entry.rehired_on
        if day is None:
            told = "and stays so. If the person was hired again, give the day under 'rehired_on'"
            return None if self.entry.rehired else f"{since}, {told}"
        if day > today:
            return f"{since}, and stays so until {day}"
        if self.left_on is not None and day < self.left_on:
            return f"{since}, which is after the rehire on {day}, and stays so. Reactivate the person if that is wrong"
        return None


@dataclass(frozen=True, slots=True)
class Returns:
    """Who becomes active again, by line, who stays deactivated, and whose line is refused."""

    people: Mapping[int, UUID]
    staying: tuple[LineProblem, ...]
    refused: tuple[LineProblem, ...]

    @classmethod
    def of(
        cls, inactive: Sequence[InactivePerson], today: date, *, is_person: bool = True, own_id: UUID | None = None
    ) -> Self:
        """Only a person gives back rights beyond those of a learner, or reactivates the owner of the key."""
        people, staying, refused = dict[int, UUID](), list[LineProblem](), list[LineProblem]()
        for each in inactive:
            line = each.entry.line
            if each.has_left(today):
                continue
            if reason := each.stays_because(today):
                staying.append(LineProblem(line, None, reason))
            elif not is_person and only_a_person_reactivates(
                each.user_id, is_privileged=each.is_privileged, maker=own_id
            ):
                told = "would give back access that only a person may give. Reactivate the person first"
                refused.append(LineProblem(line, None, told))
            else:
                people[line] = each.user_id
        return cls(people, tuple(staying), tuple(refused))

    def without(self, problems: Iterable[LineProblem]) -> Self:
        """Of a file from which the lines with these problems are left out."""
        refused = {problem.line for problem in problems}
        return replace(
            self,
            people={line: user_id for line, user_id in self.people.items() if line not in refused},
            staying=tuple(each for each in self.staying if each.line not in refused),
        )

    def shown(self, effect: LineEffect) -> LineEffect:
        """What the line does, with the return of its person."""
        if effect.line not in self.people:
            return effect
        changes = (*effect.changes, FieldChange("is_active", "false", "true"))
        return replace(effect, outcome=LineOutcome.REACTIVATED, changes=changes)
