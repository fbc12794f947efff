"""Names of locations, in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.meanings import MemoryMeaningReader, MemoryMeanings, TextKind
from adapters.registry import serves
from application.people.locations.names import LocationNameReader, NamedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from domain.people.location_names import MeantLocation

LOCATION_NAMES = TextKind[UUID]("location_names", "location", "location_id")


@serves(LocationNames)
class MemoryLocationNames(MemoryMeanings[UUID]):
    """Implements application.people.locations.ports.LocationNames."""

    def __init__(self, unit: MemoryUnit) -> None:
        super().__init__(unit, LOCATION_NAMES)
        self._locations = unit.draft(LOCATIONS)

    async def place(self, text: str | None) -> MeantLocation | None:
        location_id = await self.meant(text)
        found = self._locations.peek(location_id) if location_id else None
        return None if found is None else MeantLocation(found.id, found.name, found.time_zone, found.closed_on)


@serves(LocationNameReader)
class MemoryLocationNameReader(MemoryMeaningReader[UUID, NamedLocation, UnmappedLocations]):
    """Implements application.people.locations.names.LocationNameReader."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, LOCATION_NAMES, NamedLocation, UnmappedLocations.of)
