"""Locations: table, map, repository and reader."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Index, Select, String, Table, UniqueConstraint, Uuid, bindparam, or_, select

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of, has_words
from adapters.sql.kit.mapping import map_class, maps, stored
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.schema import derived, history, identity, may, metadata, reported, sort_key
from adapters.sql.kit.types import choice
from adapters.sql.kit.units import SqlUnit
from application.kernel.messages import Cursor, Page
from application.people.locations.ports import Locations
from application.people.locations.queries import LocationFilter, LocationReader, LocationSort, LocationView
from domain.kernel.states import State
from domain.kernel.typography import folded, search_words
from domain.people.locations import Location, LocationCodeTaken, LocationNotFound

locations = Table(
    "locations",
    metadata,
    identity(),
    Column("code", String(40), nullable=False),
    Column("name", String(120), nullable=False),
    Column("address", String(200)),
    Column("city", String(120), nullable=False),
    Column("state", choice(State, "state"), nullable=False),
    Column("postal_code", String(10)),
    Column("time_zone", String(64), nullable=False),
    Column("opened_on", Date()),
    Column("closed_on", Date()),
    Column("responsible_id", Uuid()),
    derived(lambda location: folded(location.code), "code_folded"),
    derived(lambda location: folded(location.city), "city_folded"),
    derived(lambda location: "\n".join(folded(text) for text in location.searched if text), "words"),
    sort_key(lambda location: folded(location.name), "name_key"),
    *history(),
    UniqueConstraint("code_folded", info={"violated": LocationCodeTaken}),
    info=may("UPDATE")
    | reported("id", "code", "name", "city", "state", "time_zone", "opened_on", "closed_on", "responsible_id"),
)
Index("ix_locations_newest", locations.c.created_at.desc(), locations.c.id.desc())
Index("ix_locations_name", locations.c.name_key, locations.c.id)
Index("ix_locations_responsible_id", locations.c.responsible_id)


@maps
def map_locations() -> None:
    """Map the class."""
    map_class(Location, locations, versioned=True)


@serves(Locations)
class SqlLocations:
    """Locations in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, location_id: UUID) -> Location:
        location = await (await self._unit.session()).get(stored(Location), location_id)
        if location is None:
            raise LocationNotFound
        return self._unit.touch(location)

    async def add(self, location: Location) -> None:
        await self._unit.add(location)


VIEW = columns_of(LocationView, locations)
DETAIL = select(*VIEW).where(locations.c.id == bindparam("location_id", type_=Uuid()))
DAY = bindparam("day", type_=Date())
CONDITIONS = {
    "states": any_of(locations.c.state, "states"),
    "cities": any_of(locations.c.city_folded, "cities"),
    "closed": locations.c.closed_on < DAY,
    "not_closed": or_(locations.c.closed_on.is_(None), locations.c.closed_on >= DAY),
    "words": has_words(locations.c.words, "words"),
}
KEYS = {"created_at": locations.c.created_at, "name": locations.c.name_key}
LISTED = Listing(LocationView, lambda last: Cursor(last.created_at, last.id))


@lru_cache(MOST_STATEMENTS)
def _page(conditions: tuple[str, ...], sort: LocationSort, after: bool, total: bool) -> Select[Any]:
    statement = select(*VIEW).where(*(CONDITIONS[name] for name in conditions))
    order = Order(KEYS[sort.field], locations.c.id, sort.descending, sort.name_in_cursors)
    return listed(statement, order, after=after, total=total)


@serves(LocationReader)
class SqlLocationReader:
    """Locations, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(
        self,
        where: LocationFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: LocationSort = LocationSort.NEWEST,
        total: bool = False,
    ) -> Page[LocationView]:
        conditions = given(
            states=where.states,
            cities=tuple(map(folded, where.cities)),
            closed=where.closing and (where.closing.is_closed or None),
            not_closed=where.closing and (not where.closing.is_closed or None),
            words=where.q and search_words(where.q),
        )
        page = await LISTED.page(
            self._reads,
            _page((*conditions,), sort, after is not None, total),
            after,
            limit,
            sort.name_in_cursors,
            **conditions,
            day=where.closing and where.closing.day,
        )
        return page or Page([], None)

    async def detail(self, location_id: UUID) -> LocationView | None:
        rows = await self._reads.rows(DETAIL, location_id=location_id)
        return LocationView(*rows[0]) if rows else None
