"""Names of locations, in memory."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.meanings import MemoryMeaningReader, MemoryMeanings, TextKind
from adapters.registry import serves
from application.people.locations.names import LocationNameReader, NamedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from domain.people.location_names import MeantLocation
from domain.people.meanings import text_key

LOCATION_NAMES = TextKind[UUID]("location_names", "location", "location_id")


@serves(LocationNames)
class MemoryLocationNames(MemoryMeanings[UUID]):
    """Implements application.people.locations.ports.LocationNames."""

    def __init__(self, unit: MemoryUnit) -> None:
        super().__init__(unit, LOCATION_NAMES)
        self._locations = unit.draft(LOCATIONS)

    async def place(self, text: str | None) -> MeantLocation | None:
        return (await self.places([text])).get(text_key(text)) if text else None

    async def places(self, texts: Collection[str]) -> dict[str, MeantLocation]:
        found = {key: self._locations.peek(target) for key, target in (await self.known(texts)).items()}
        return {
            key: MeantLocation(each.id, each.name, each.time_zone, each.closed_on)
            for key, each in found.items()
            if each is not None
        }


@serves(LocationNameReader)
class MemoryLocationNameReader(MemoryMeaningReader[UUID, NamedLocation, UnmappedLocations]):
    """Implements application.people.locations.names.LocationNameReader."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, LOCATION_NAMES, NamedLocation, UnmappedLocations.of)
