"""Reading locations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, overseers
from application.kernel.handlers import handles
from application.kernel.lists import NameList, SearchText, Sort, require_cursor_of
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.ports import Calendar, Clock
from application.kernel.views import view_of
from domain.kernel.states import State
from domain.kernel.values import Items
from domain.people.locations import Location, LocationNotFound


@dataclass(slots=True)
class LocationView:
    """A location. `opened_on` and `closed_on` are the first and the last day on which it is open."""

    id: UUID
    code: str
    name: str
    address: str | None
    city: str
    state: State
    postal_code: str | None
    time_zone: str
    opened_on: date | None
    closed_on: date | None
    responsible_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, location: Location) -> LocationView:
        return view_of(cls, location)


class LocationSort(Sort):
    """How a list of locations can be sorted."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    BY_NAME = "name"
    BY_NAME_BACKWARDS = "-name"


@dataclass(frozen=True, slots=True)
class Closing:
    """Whether the locations of a list are closed on this day."""

    is_closed: bool
    day: date


@dataclass(frozen=True, slots=True)
class LocationFilter:
    """Which locations a list shows: those that meet all given conditions, in one of the states and cities.

    Each word of `q` is searched in code, name, city and address.
    """

    states: tuple[State, ...] = ()
    cities: tuple[str, ...] = ()
    closing: Closing | None = None
    q: str | None = None


class LocationReader(Protocol):
    """Reads locations with one statement per call."""

    async def page(
        self,
        where: LocationFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: LocationSort = LocationSort.NEWEST,
        total: bool = False,
    ) -> Page[LocationView]:
        """Those that the filter leaves, in this order; with `total` also their number."""

    async def detail(self, location_id: UUID) -> LocationView | None:
        """The location, None when there is no such one."""


@dataclass(frozen=True, slots=True)
class ListLocations(Query[Page[LocationView]]):
    """Locations, newest first unless sorted otherwise."""

    state: Annotated[tuple[State, ...], Items(60)] = ()
    city: NameList = ()
    is_closed: bool | None = None
    q: SearchText | None = None
    sort: LocationSort = LocationSort.NEWEST
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50

    def require_sense(self) -> None:
        require_cursor_of(self.sort, self.cursor)


@handles(ListLocations, allow=overseers)
async def list_locations(
    query: ListLocations, actor: Actor, locations: LocationReader, clock: Clock, calendar: Calendar
) -> Page[LocationView]:
    """Show managers, compliance officers and administrators the locations.

    With `is_closed=false` those that are not closed before today, where new people can work.
    A search in `q` finds its words in any order in code, name, city and address, without regard to case and accents.
    """
    closing = None if query.is_closed is None else Closing(query.is_closed, calendar.day_of(clock.now()))
    where = LocationFilter(query.state, query.city, closing, query.q)
    return await locations.page(where, query.cursor, query.limit, sort=query.sort, total=query.include_total)


@dataclass(frozen=True, slots=True)
class ReadLocation(Query[LocationView]):
    """One location."""

    location_id: UUID


@handles(ReadLocation, allow=overseers, raises=(LocationNotFound,))
async def read_location(query: ReadLocation, actor: Actor, locations: LocationReader) -> LocationView:
    """Show managers, compliance officers and administrators a location."""
    location = await locations.detail(query.location_id)
    if location is None:
        raise LocationNotFound
    return location
