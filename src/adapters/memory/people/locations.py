"""Locations in memory."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Place, Unique, in_order
from adapters.registry import serves
from application.kernel.messages import Cursor, Page
from application.people.locations.ports import Locations
from application.people.locations.queries import LocationFilter, LocationReader, LocationSort, LocationView
from domain.kernel.typography import folded, is_one_of, mentions
from domain.people.locations import Location, LocationCodeTaken, LocationNotFound

CODE: Unique[Location] = Unique(lambda location: folded(location.code), LocationCodeTaken)
LOCATIONS = MemoryTable[UUID, Location]("locations", CODE)


@serves(Locations)
class MemoryLocations:
    """Implements application.people.locations.ports.Locations."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._locations = unit.draft(LOCATIONS)

    async def get(self, location_id: UUID) -> Location:
        location = self._locations.load(location_id)
        if location is None:
            raise LocationNotFound
        return location

    async def add(self, location: Location) -> None:
        self._locations.put(location.id, location)


@serves(LocationReader)
class MemoryLocationReader:
    """Implements application.people.locations.queries.LocationReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._locations = store.table(LOCATIONS)

    async def page(
        self,
        where: LocationFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: LocationSort = LocationSort.NEWEST,
        total: bool = False,
    ) -> Page[LocationView]:
        rows = (location for location in self._locations.rows() if _fits(location, where))
        return in_order(rows, PLACES[sort.field], LocationView.of, after=after, limit=limit, sort=sort, total=total)

    async def detail(self, location_id: UUID) -> LocationView | None:
        location = self._locations.peek(location_id)
        return None if location is None else LocationView.of(location)


def _fits(location: Location, where: LocationFilter) -> bool:
    return (
        (not where.states or location.state in where.states)
        and (not where.cities or is_one_of(location.city, where.cities))
        and (where.closing is None or location.is_closed_on(where.closing.day) is where.closing.is_closed)
        and (where.q is None or mentions(where.q, *location.searched))
    )


PLACES: dict[str, Callable[[Location], Place]] = {
    "created_at": lambda location: (location.created_at, location.id),
    "name": lambda location: (folded(location.name), location.id),
}
