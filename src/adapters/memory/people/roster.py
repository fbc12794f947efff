"""The lines of a roster, staged in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.people.tables import ROSTER_LISTINGS, USERS
from adapters.registry import serves
from application.people.ports import Roster, RosterMerge, RosterPreview
from domain.kernel.days import DayOf
from domain.people.leavers import Absence, UnlistedPerson
from domain.people.names import known_as
from domain.people.roster import LineOutcome, LineProblem, RosterEntry
from domain.people.roster_matching import AddressHolder, Renamed
from domain.people.users import User


@serves(Roster)
class MemoryRoster:
    """Implements application.people.ports.Roster. The lines are staged in memory."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._users = unit.draft(USERS)
        self._listings = unit.draft(ROSTER_LISTINGS)
        self._staged: list[tuple[UUID, RosterEntry]] = []
        self._about: dict[int, UUID] = {}

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        self._staged += entries

    async def match(self) -> None:
        known = {user.email: user.id for user in self._users.rows()}
        self._about = {entry.line: known[entry.email] for _, entry in self._staged if entry.email in known}

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
        found = (entry.overfills(user.profile_metadata) for entry, user in self._lines() if user)
        problems = sorted(filter(None, found), key=lambda problem: problem.line)
        await self.drop([problem.line for problem in problems])
        return problems

    async def renamed(self, day_of: DayOf) -> list[Renamed]:
        found = []
        for entry, user in self._lines():
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

    async def separate(self, lines: Collection[int]) -> None:
        self._about = {line: user_id for line, user_id in self._about.items() if line not in lines}

    async def absence(self) -> Absence:
        here = {*self._about.values()}
        active = sorted((user for user in self._users.rows() if user.is_active), key=lambda user: user.id)
        absent = [user for user in active if user.id not in here]
        known = {user.id for user in absent if user.id in self._listings}
        return Absence(
            tuple(
                UnlistedPerson(user.id, known_as(user.full_name, user.email, user.employee_id), user.is_administrator)
                for user in absent
                if user.id in known
            ),
            len(active),
            len(absent) - len(known),
        )

    async def preview(self, most: int) -> RosterPreview:
        effects = [entry.effect_on(user.id if user else None, user) for entry, user in self._lines()]
        counts = Counter(effect.outcome for effect in effects)
        first = sorted(effects, key=lambda effect: (effect.outcome is LineOutcome.UNCHANGED, effect.line))[:most]
        return RosterPreview(
            counts[LineOutcome.CREATED],
            counts[LineOutcome.UPDATED],
            counts[LineOutcome.UNCHANGED],
            tuple(sorted(first, key=lambda effect: effect.line)),
        )

    async def merge(self, now: datetime) -> RosterMerge:
        created, updated = list[UUID](), list[UUID]()
        for user_id, entry in self._staged:
            user = self._users.load(self._about.get(entry.line, user_id))
            if user is None:
                self._users.put(user_id, user := entry.newcomer(user_id, now=now))
                created.append(user.id)
            elif entry.bring_up_to_date(user, now=now):
                updated.append(user.id)
            user.take_events()  # One event for the whole import follows.
        unchanged = len(self._staged) - len(created) - len(updated)
        listed = sorted(user_id for user_id in self._about.values() if user_id not in self._listings)
        for user_id in (*created, *listed):
            self._listings.put(user_id, user_id)
        return RosterMerge(tuple(sorted(created)), tuple(sorted(updated)), unchanged, tuple(listed))

    def _lines(self) -> Iterator[tuple[RosterEntry, User | None]]:
        """Each line in order, with the person it is about, to look at and not to change."""
        for _, entry in sorted(self._staged, key=lambda staged: staged[1].line):
            user_id = self._about.get(entry.line)
            yield entry, self._users.peek(user_id) if user_id else None
