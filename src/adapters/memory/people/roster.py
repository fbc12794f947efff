"""The lines of a roster, staged in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.people.ports import Roster, RosterMerge
from domain.kernel.days import DayOf
from domain.people.roster import AddressHolder, LineProblem, Renamed, RosterEntry


@serves(Roster)
class MemoryRoster:
    """Implements application.people.ports.Roster. The lines are staged in memory."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._users = unit.draft(USERS)
        self._staged: list[tuple[UUID, RosterEntry]] = []

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        self._staged += entries

    async def repeated(self) -> list[LineProblem]:
        first: dict[str, tuple[UUID, RosterEntry]] = {}
        problems = []
        for user_id, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            if entry.email in first:
                line = first[entry.email][1].line
                problems.append(LineProblem(entry.line, "email", f"repeats the e-mail address of line {line}"))
            else:
                first[entry.email] = (user_id, entry)
        self._staged = list(first.values())
        return problems

    async def overfull(self) -> list[LineProblem]:
        known = {user.email: user.profile_metadata for user in self._users.rows()}
        found = (entry.overfills(known.get(entry.email, {})) for _, entry in self._staged)
        problems = sorted(filter(None, found), key=lambda problem: problem.line)
        await self.drop([problem.line for problem in problems])
        return problems

    async def renamed(self, day_of: DayOf) -> list[Renamed]:
        known = {user.email: user for user in self._users.rows()}
        found = []
        for _, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            user = known.get(entry.email)
            if user is None or None in (user.full_name, entry.full_name) or user.full_name == entry.full_name:
                continue
            if entry.hired_on is None and user.is_active:
                continue
            name = user.full_name or ""
            holder = AddressHolder(user.id, name, user.hired_on, day_of(user.created_at), user.is_active)
            found.append(
                Renamed(RosterEntry(entry.line, entry.email, entry.full_name, hired_on=entry.hired_on), holder)
            )
        return found

    async def drop(self, lines: Collection[int]) -> None:
        self._staged = [staged for staged in self._staged if staged[1].line not in lines]

    async def merge(self, now: datetime) -> RosterMerge:
        known = {user.email: user.id for user in self._users.rows()}
        created, updated = list[UUID](), list[UUID]()
        for user_id, entry in self._staged:
            user = self._users.load(known.get(entry.email, user_id))
            if user is None:
                self._users.put(user_id, user := entry.newcomer(user_id, now=now))
                created.append(user.id)
            elif entry.bring_up_to_date(user, now=now):
                updated.append(user.id)
            user.take_events()  # One event for the whole import follows.
        unchanged = len(self._staged) - len(created) - len(updated)
        return RosterMerge(tuple(sorted(created)), tuple(sorted(updated)), unchanged)
