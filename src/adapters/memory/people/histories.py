"""Histories in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows, Unique
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.access import Scope
from application.people.histories.ports import Followed, Histories
from application.people.histories.queries import EmploymentView, HistoryReader, PositionView, Versions, Watermark
from domain.kernel.aggregate import next_moment
from domain.people.employment import EmploymentFact
from domain.people.facts import Fact, FactChanged, NewId, Origin, in_force
from domain.people.histories import History, begin, shown_by
from domain.people.positions import Position
from domain.people.user_errors import UserNotFound

F = TypeVar("F", bound=Fact)

POSITIONS = MemoryTable[UUID, Position]("positions", Unique(lambda each: each.supersedes, FactChanged))
EMPLOYMENT = MemoryTable[UUID, EmploymentFact]("employment_states", Unique(lambda each: each.supersedes, FactChanged))
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The watermark while nothing is recorded."""


def newest(*tables: Rows[UUID, Position] | Rows[UUID, EmploymentFact]) -> datetime:
    """When the last version was recorded."""
    moments = (each.recorded_at for table in tables for each in table.rows() if each.recorded_at)
    return max(moments, default=BEGINNING)


@serves(Histories)
class MemoryHistories:
    """Implements application.people.histories.ports.Histories."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._now = unit.now
        self._users = unit.draft(USERS)
        self._positions = unit.draft(POSITIONS)
        self._employment = unit.draft(EMPLOYMENT)

    async def of(self, user_id: UUID, new_id: NewId) -> History:
        if user_id not in self._users:
            raise UserNotFound
        return (await self.many([user_id], new_id))[0].history

    async def many(self, user_ids: Sequence[UUID], new_id: NewId) -> list[Followed]:
        positions, states = _by_person(self._positions.rows()), _by_person(self._employment.rows())
        users = (self._users.peek(user_id) for user_id in dict.fromkeys(user_ids))
        return [
            Followed(
                History(user.id, in_force(positions[user.id]), in_force(states[user.id]), new_id),
                shown_by(user),
                user.erased_at is not None,
                user.merged_into is not None,
            )
            for user in users
            if user
        ]

    async def after(self, user_id: UUID | None, limit: int, new_id: NewId) -> list[Followed]:
        ids = sorted(user.id for user in self._users.rows() if user_id is None or user.id > user_id)
        return await self.many(ids[:limit], new_id)

    async def keep(self, histories: Sequence[History]) -> None:
        at = next_moment(self._now(), newest(self._positions, self._employment))
        for history in histories:
            for position in history.positions.written:
                self._positions.put(position.id, replace(position, recorded_at=at))
            for fact in history.employment.written:
                self._employment.put(fact.id, replace(fact, recorded_at=at))

    async def begin(self, user_ids: Sequence[UUID], today: date, origin: Origin, new_id: NewId) -> None:
        users = (self._users.peek(user_id) for user_id in user_ids)
        await self.keep([begin(user.id, shown_by(user), today, origin, new_id) for user in users if user])

    async def forget_reasons(self, user_id: UUID) -> None:
        for position in [each for each in self._positions.rows() if each.user_id == user_id]:
            self._positions.put(position.id, replace(position, reason=None))
        for fact in [each for each in self._employment.rows() if each.user_id == user_id]:
            self._employment.put(fact.id, replace(fact, reason=None))


@serves(HistoryReader)
class MemoryHistoryReader:
    """Implements application.people.histories.queries.HistoryReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._users = store.table(USERS)
        self._positions = store.table(POSITIONS)
        self._employment = store.table(EMPLOYMENT)

    async def watermark(self) -> Watermark:
        return Watermark(newest(self._positions, self._employment))

    async def versions(self, scope: Scope, user_id: UUID) -> Versions | None:
        user = self._users.peek(user_id)
        if user is None or not scope.covers(user.id, user.department):
            return None
        return Versions(
            [PositionView.of(each) for each in _recorded(self._positions.rows(), user_id)],
            [EmploymentView.of(each) for each in _recorded(self._employment.rows(), user_id)],
        )


def _by_person(rows: Iterable[F]) -> dict[UUID, list[F]]:
    found: dict[UUID, list[F]] = defaultdict(list)
    for each in rows:
        found[each.user_id].append(each)
    return found


def _recorded(rows: Iterable[F], user_id: UUID) -> list[F]:
    return sorted(
        (each for each in rows if each.user_id == user_id), key=lambda each: (each.recorded_at or BEGINNING, each.id)
    )
