"""Histories in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar
from uuid import UUID

from adapters.memory.kit.recorded import BEGINNING, as_recorded
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows, Unique
from adapters.memory.people.job_codes import JOB_TITLES
from adapters.memory.people.location_histories import LOCATION_FACTS
from adapters.memory.people.location_names import LOCATION_NAMES
from adapters.memory.people.tables import USER_MERGES, USERS
from adapters.registry import serves
from application.kernel.access import Scope
from application.people.histories.ports import Followed, Histories
from application.people.histories.queries import HistoryReader, Recorded, Watermark
from domain.people.employment import EmploymentFact
from domain.people.facts import Fact, FactChanged, NewId, Origin, in_force
from domain.people.histories import History, begin, shown_by
from domain.people.meanings import Meaning, text_key
from domain.people.merging import Pointer
from domain.people.positions import Position
from domain.people.recorded_facts import RecordedFacts
from domain.people.user_errors import UserNotFound

F = TypeVar("F", bound=Fact)
T = TypeVar("T")

POSITIONS = MemoryTable[UUID, Position]("positions", Unique(lambda each: each.supersedes, FactChanged))
EMPLOYMENT = MemoryTable[UUID, EmploymentFact]("employment_states", Unique(lambda each: each.supersedes, FactChanged))


@serves(Histories)
class MemoryHistories:
    """Implements application.people.histories.ports.Histories."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._unit = unit
        self._users = unit.draft(USERS)
        self._positions = unit.draft(POSITIONS)
        self._employment = unit.draft(EMPLOYMENT)

    async def of(self, user_id: UUID, new_id: NewId) -> History:
        if user_id not in self._users:
            raise UserNotFound
        return (await self.many([user_id], new_id))[0].history

    async def many(self, user_ids: Sequence[UUID], new_id: NewId) -> list[Followed]:
        positions, states = by_person(self._positions.rows()), by_person(self._employment.rows())
        users = (self._users.peek(user_id) for user_id in dict.fromkeys(user_ids))
        return [
            Followed(
                History(user.id, in_force(positions[user.id]), in_force(states[user.id]), new_id),
                shown_by(user),
                user.erased_at is not None,
                user.merged_into is not None,
                user.shown_on,
            )
            for user in users
            if user
        ]

    async def after(self, user_id: UUID | None, limit: int, new_id: NewId) -> list[Followed]:
        ids = sorted(user.id for user in self._users.rows() if user_id is None or user.id > user_id)
        return await self.many(ids[:limit], new_id)

    async def keep(self, histories: Sequence[History]) -> None:
        at = self._unit.moment
        for history in histories:
            for position in history.positions.written:
                self._positions.put(position.id, replace(position, recorded_at=at))
            for fact in history.employment.written:
                self._employment.put(fact.id, replace(fact, recorded_at=at))

    async def begin(self, user_ids: Sequence[UUID], today: date, origin: Origin, new_id: NewId) -> None:
        begun = {each.user_id for table in (self._positions, self._employment) for each in table.rows()}
        users = (self._users.peek(user_id) for user_id in user_ids if user_id not in begun)
        await self.keep([begin(user.id, shown_by(user), today, origin, new_id) for user in users if user])

    async def note_shown(self, user_ids: Sequence[UUID], day: date) -> None:
        for user_id in user_ids:
            if user := self._users.load(user_id):
                user.shown_on = day

    async def due(self, today: date) -> list[UUID]:
        positions, states = by_person(self._positions.rows()), by_person(self._employment.rows())
        administrators = {user.id for user in self._users.rows() if user.is_administrator}
        return sorted(
            user.id
            for user in self._users.rows()
            if (day := user.shown_on) is not None
            and user.erased_at is None
            and user.merged_into is None
            and {user.id} != administrators
            and (
                any(day < each.from_day <= today for each in states[user.id])
                or any(day < each.starts_on <= today for each in positions[user.id])
                or any(each.ends_on is not None and day <= each.ends_on < today for each in positions[user.id])
            )
        )

    async def forget_reasons(self, user_id: UUID) -> None:
        for position in [each for each in self._positions.rows() if each.user_id == user_id]:
            self._positions.put(position.id, replace(position, reason=None))
        for fact in [each for each in self._employment.rows() if each.user_id == user_id]:
            self._employment.put(fact.id, replace(fact, reason=None))


@serves(HistoryReader)
class MemoryHistoryReader:
    """Implements application.people.histories.queries.HistoryReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._users = store.table(USERS)
        self._positions = store.table(POSITIONS)
        self._employment = store.table(EMPLOYMENT)
        self._places = store.table(LOCATION_NAMES.facts)
        self._codes = store.table(JOB_TITLES.facts)
        self._locations = store.table(LOCATION_FACTS)
        self._merges = store.table(USER_MERGES)

    async def watermark(self) -> Watermark:
        return Watermark(self._store.recorded or BEGINNING)

    async def recorded(self, scope: Scope, user_id: UUID) -> Recorded | None:
        user = self._users.peek(user_id)
        if user is None or not scope.covers(user.id, user.department):
            return None
        pointers = list(self._pointers(user_id))
        others = {each.user_id: self._facts(each.user_id) for each in pointers}
        return Recorded(self._facts(user_id), others, pointers)

    def _pointers(self, user_id: UUID) -> Iterator[Pointer]:
        """When it was known of users that they are the same person as this one, or as one of those."""
        persons, found = {user_id}, set[UUID]()
        while persons != found:
            found = set(persons)
            persons |= {each.user_id for each in self._merges.rows() if each.into_id in persons}
        for each in self._merges.rows():
            if each.user_id in persons:
                yield Pointer(each.user_id, each.into_id, each.recorded_at or BEGINNING)

    def _facts(self, user_id: UUID) -> RecordedFacts:
        positions = as_recorded(each for each in self._positions.rows() if each.user_id == user_id)
        places = _meanings(self._places, (each.location for each in positions))
        were = {each.target for each in places}
        return RecordedFacts(
            user_id,
            positions,
            as_recorded(each for each in self._employment.rows() if each.user_id == user_id),
            places,
            _meanings(self._codes, (each.job_title for each in positions)),
            as_recorded(each for each in self._locations.rows() if each.location_id in were),
        )


def by_person(rows: Iterable[F]) -> dict[UUID, list[F]]:
    """The facts of each person."""
    found: dict[UUID, list[F]] = defaultdict(list)
    for each in rows:
        found[each.user_id].append(each)
    return found


def _meanings(facts: Rows[UUID, Meaning[T]], texts: Iterable[str | None]) -> list[Meaning[T]]:
    keys = {text_key(text) for text in texts if text}
    return as_recorded(each for each in facts.rows() if each.text_key in keys)
