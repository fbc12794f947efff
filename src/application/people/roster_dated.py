"""The lines of a roster that add to the histories of their people, a thousand at a time: those with days of their own,
and those about people whose further positions are other ones now.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.kernel.ports import Ids
from application.kernel.settling import SettleFirst
from application.kernel.wiring import PortSet
from application.people.histories.ports import Histories
from application.people.histories.reprojecting import CarryOutPlans
from application.people.ports import Roster
from domain.kernel.aggregate import in_sets
from domain.people.returning import Returns
from domain.people.roster import FieldChange, LineEffect, LineProblem
from domain.people.roster_effects import DatedEffect, ImportDay
from domain.people.roster_history import apply_line
from domain.people.roster_positions import left_out

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class RosterHistories(PortSet):
    """Reads these lines, and the histories of the people whom they are about."""

    roster: Roster
    histories: Histories
    ids: Ids

    async def require_shown(self, today: date) -> None:
        """Lines state what is true today: users show it before. Raises SettleFirst if something has begun since."""
        if due := await self.histories.due(today):
            raise SettleFirst(*(CarryOutPlans(some) for some in in_sets(due)))


class DatedLines:
    """What these lines do, which is found before anything is written, and written when the roster was merged.

    `ending` is how many people leave by their own lines, now or later, and `leaving` how many are deactivated by them.
    `returns` are the people who become active again by this import.
    """

    def __init__(self, ports: RosterHistories, day: ImportDay, returns: Returns) -> None:
        self._roster, self._histories, self._ids, self._day = ports.roster, ports.histories, ports.ids, day
        self._returning = frozenset(returns.people.values())
        self._changes: dict[int, tuple[FieldChange, ...]] = {}
        self._has_news = False
        self._ending = set[int]()
        self._leaving = set[int]()

    @property
    def ending(self) -> int:
        return len(self._ending)

    @property
    def leaving(self) -> int:
        return len(self._leaving)

    async def examine(self, most: int) -> list[LineProblem]:
        """Find out what the lines change, and keep this of so many at most. Drops and returns lines with a problem."""
        problems = list[LineProblem]()
        async for effects in self._effects():
            found = [effect.problem for effect in effects if effect.problem]
            found += [
                left_out(effect.line, effect.problem.line)
                for effect in effects
                if effect.problem and effect.problem.line != effect.line
            ]
            changing = [effect for effect in effects if effect.has_changes and not effect.problem]
            await self._roster.drop([problem.line for problem in found])
            await self._roster.note([effect.line for effect in changing])
            self._has_news = self._has_news or bool(changing)
            self._ending.update(effect.line for effect in changing if effect.ends)
            self._leaving.update(effect.line for effect in changing if effect.deactivates)
            for effect in changing[: max(0, most - len(self._changes))]:
                self._changes |= {effect.line: effect.changes, **effect.secondary}
            problems += found
        return problems

    async def drop(self, problems: Sequence[LineProblem]) -> None:
        """Leave out these lines too, which have been examined."""
        lines = {problem.line for problem in problems}
        await self._roster.drop(lines)
        self._ending -= lines
        self._leaving -= lines

    async def write(self) -> list[UUID]:
        """Add to the histories of the people, who have been merged, and show what holds today of their work.

        Returns who does not work here any more.
        """
        left = list[UUID]()
        if not self._has_news:
            return left
        async for effects in self._effects(noted=True):
            await self._histories.keep([effect.history for effect in effects if effect.history.has_news])
            await self._roster.show(
                {effect.history.user_id: effect.shows for effect in effects if effect.shows is not None}
            )
            await self._histories.note_shown([effect.history.user_id for effect in effects], self._day.today)
            left += [effect.history.user_id for effect in effects if effect.deactivates]
        return left

    def shown(self, effect: LineEffect) -> LineEffect:
        """What the line does, with what it does to the history."""
        changes = self._changes.get(effect.line)
        return effect if changes is None else effect.noted(changes)

    async def _effects(self, *, noted: bool = False) -> AsyncIterator[list[DatedEffect]]:
        after = 0
        while lines := await self._roster.dated(after, BATCH, noted=noted):
            after = lines[-1].entry.line
            known = [line.user_id for line in lines if not line.is_new]
            histories = {
                each.history.user_id: each.history
                for each in (await self._histories.many(known, self._ids.new) if known else [])
            }
            yield [
                apply_line(
                    line,
                    None if line.is_new else histories[line.user_id],
                    self._day,
                    self._ids.new,
                    returns=line.user_id in self._returning,
                )
                for line in lines
            ]
