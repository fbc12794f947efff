"""Histories of locations in memory."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from adapters.memory.kit.recorded import as_recorded
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Unique
from adapters.memory.people.locations import LOCATIONS
from adapters.registry import serves
from application.people.locations.histories import LocationHistoryReader, RecordedLocation
from application.people.locations.ports import LocationHistories, ShownLocation
from domain.people.facts import FactChanged, NewId, in_force
from domain.people.location_histories import LocationFact, LocationHistory
from domain.people.locations import LocationNotFound

LOCATION_FACTS = MemoryTable[UUID, LocationFact]("location_facts", Unique(lambda each: each.supersedes, FactChanged))


@serves(LocationHistories)
class MemoryLocationHistories:
    """Implements application.people.locations.ports.LocationHistories."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._unit = unit
        self._locations = unit.draft(LOCATIONS)
        self._facts = unit.draft(LOCATION_FACTS)

    async def of(self, location_id: UUID, new_id: NewId, *, alone: bool = True) -> LocationHistory:
        if location_id not in self._locations:
            raise LocationNotFound
        facts = [each for each in self._facts.rows() if each.location_id == location_id]
        return LocationHistory(location_id, in_force(facts), new_id)

    async def after(self, location_id: UUID | None, limit: int, new_id: NewId) -> list[ShownLocation]:
        ids = sorted(each.id for each in self._locations.rows() if location_id is None or each.id > location_id)
        return [
            ShownLocation(await self.of(each.id, new_id), each.profile)
            for each in map(self._locations.peek, ids[:limit])
            if each
        ]

    async def keep(self, history: LocationHistory) -> None:
        for fact in history.written:
            self._facts.put(fact.id, replace(fact, recorded_at=self._unit.moment))


@serves(LocationHistoryReader)
class MemoryLocationHistoryReader:
    """Implements application.people.locations.histories.LocationHistoryReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._locations = store.table(LOCATIONS)
        self._facts = store.table(LOCATION_FACTS)

    async def recorded(self, location_id: UUID) -> RecordedLocation | None:
        location = self._locations.peek(location_id)
        if location is None:
            return None
        facts = (each for each in self._facts.rows() if each.location_id == location_id)
        return RecordedLocation(location.time_zone, as_recorded(facts))
