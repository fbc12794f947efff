"""Names of locations: table, repository and reader."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Column, Text, Uuid, bindparam, select

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.locations import locations
from adapters.sql.people.meanings import MEANINGS, SqlMeaningReader, SqlMeanings, TextKind, keys_of, table_of_meanings
from application.people.locations.names import LocationNameReader, NamedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from domain.people.location_names import MeantLocation
from domain.people.meanings import text_key

location_names = table_of_meanings("location_names", "text", Column("location_id", Uuid()))
LOCATION_NAMES = TextKind(location_names, "text", "location", "location_id")
PLACE = select(*columns_of(MeantLocation, locations)).where(
    locations.c.id == LOCATION_NAMES.meant(bindparam("text_key", type_=Text()))
)


PLACES = (
    select(location_names.c.text_key, *columns_of(MeantLocation, locations))
    .join(locations, locations.c.id == location_names.c.location_id)
    .where(any_of(location_names.c.text_key, "keys"), LOCATION_NAMES.is_newest)
)


@serves(LocationNames)
class SqlLocationNames(SqlMeanings[UUID]):
    """Which locations texts mean, in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        super().__init__(unit, LOCATION_NAMES)

    async def place(self, text: str | None) -> MeantLocation | None:
        if text is None:
            return None
        session, key = await self._unit.session(), text_key(text)
        await self._unit.hold(MEANINGS, shared=True)
        row = (await session.execute(PLACE, {"text_key": key})).one_or_none()
        place = MeantLocation(*row) if row else None
        self._found[key] = None if place is None else place.id
        return place

    async def places(self, texts: Collection[str]) -> dict[str, MeantLocation]:
        session = await self._unit.session()
        rows = await session.execute(PLACES, {"keys": keys_of(texts)})
        return {key: MeantLocation(*place) for key, *place in rows}


@serves(LocationNameReader)
class SqlLocationNameReader(SqlMeaningReader[UUID, NamedLocation, UnmappedLocations]):
    """Which locations texts mean, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        super().__init__(reads, LOCATION_NAMES, NamedLocation, UnmappedLocations.of)
