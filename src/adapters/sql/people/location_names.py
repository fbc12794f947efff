"""Names of locations: table, repository and reader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    exists,
    func,
    insert,
    select,
    update,
)

from adapters.registry import serves
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.pages import Listing, at_most, before
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.recorded import clock_utc, recorded_at
from adapters.sql.kit.schema import ORDERED, identity, metadata
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.locations import locations
from adapters.sql.people.tables import users
from application.kernel.messages import Cursor, Page
from application.people.locations.names import LocationNameReader, NamedLocation, UnmappedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from domain.kernel.aggregate import next_moment
from domain.people.location_names import LocationName, MeantLocation, text_key
from domain.people.users import User

NAMES = 0x5544_4C4E
"""The advisory lock for changing what texts mean; any number that nothing else in the database uses."""

location_names = Table(
    "location_names",
    metadata,
    identity(),
    Column("text_key", Text(), nullable=False),
    Column("text", String(120), nullable=False),
    Column("location_id", Uuid()),
    recorded_at(),
    Column("recorded_by", Uuid()),
    UniqueConstraint("text_key", "recorded_at"),
    info=append_only(),
)
Index("ix_location_names_newest", location_names.c.recorded_at.desc(), location_names.c.id.desc())

_later = location_names.alias("later")
IS_NEWEST = ~exists().where(
    _later.c.text_key == location_names.c.text_key, _later.c.recorded_at > location_names.c.recorded_at
)


def location_of(key: ColumnElement[Any]) -> Any:
    """The location that the text with this key means, as a subquery; NULL when it means none."""
    newest = location_names.c.recorded_at.desc()
    meant = select(location_names.c.location_id).where(location_names.c.text_key == key)
    return meant.order_by(newest).limit(1).scalar_subquery()


FACT = columns_of(LocationName, location_names)
MEANT = location_of(users.c.location_folded)
FOLLOW = (
    update(users)
    .where(users.c.location_id.is_distinct_from(MEANT))
    .values(location_id=MEANT)
    .returning(users.c.id)
    # Objects in the session have their location already: see `settle`.
    .execution_options(synchronize_session=False)
)
PLACE = select(*columns_of(MeantLocation, locations)).where(
    locations.c.id == location_of(bindparam("text_key", type_=Text()))
)


@serves(LocationNames)
class SqlLocationNames:
    """What texts mean, in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._locks = unit.dialect == "postgresql"
        self._found: dict[str, MeantLocation | None] = {}

    async def meant(self, text: str | None) -> MeantLocation | None:
        if text is None:
            return None
        key = text_key(text)
        if key not in self._found:
            session = await self._unit.session()
            await self._lock(func.pg_advisory_xact_lock_shared)
            row = (await session.execute(PLACE, {"text_key": key})).one_or_none()
            self._found[key] = MeantLocation(*row) if row else None
        return self._found[key]

    async def settle(self, user_ids: Sequence[UUID]) -> None:
        others = set(user_ids)
        for user in self._unit.touched(User):
            if user.id in others:
                others.discard(user.id)
                meant = await self.meant(user.location)
                location_id = None if meant is None else meant.id
                if user.location_id != location_id:
                    user.location_id = location_id
        if others:
            session = await self._unit.session()
            await session.flush()
            # In a statement of its own: the next one sees what was recorded before.
            await self._lock(func.pg_advisory_xact_lock_shared)
            await session.execute(FOLLOW.where(any_of(users.c.id, "ids")), {"ids": sorted(others)})

    async def meanings(self, texts: Collection[str]) -> dict[str, LocationName]:
        session = await self._unit.session()
        await self._lock(func.pg_advisory_xact_lock)
        newest = select(*FACT).where(any_of(location_names.c.text_key, "keys"), IS_NEWEST)
        found = [LocationName(*row) for row in await session.execute(newest, {"keys": _keys(texts)})]
        return {each.text_key: each for each in found}

    async def record(self, name_id: UUID, text: str, location_id: UUID | None, recorded_by: UUID | None) -> None:
        session, key = await self._unit.session(), text_key(text)
        last = select(func.max(location_names.c.recorded_at)).where(location_names.c.text_key == key)
        now, newest = (await session.execute(select(clock_utc(), last.scalar_subquery()))).one()
        moment = next_moment(now, newest)
        name = LocationName(name_id, text, location_id, moment, recorded_by)
        values = {column.name: getattr(name, column.name) for column in location_names.c}
        await session.execute(insert(location_names).values(values))

    async def follow(self, texts: Collection[str]) -> list[UUID]:
        session = await self._unit.session()
        await session.flush()
        having = FOLLOW.where(any_of(users.c.location_folded, "keys"))
        return sorted(await session.scalars(having, {"keys": _keys(texts)}))

    async def _lock(self, take: Any) -> None:
        # SQLite serializes writers.
        if self._locks:
            await (await self._unit.session()).execute(select(take(NAMES)))


def _keys(texts: Collection[str]) -> list[str]:
    return sorted({text_key(text) for text in texts})


LISTED = Listing(NamedLocation, lambda last: Cursor(last.recorded_at, last.id))


@cache
def _named(some: bool, after: bool) -> Select[Any]:
    meant = any_of(location_names.c.location_id, "ids") if some else location_names.c.location_id.is_not(None)
    statement = select(*columns_of(NamedLocation, location_names)).where(meant, IS_NEWEST)
    if after:
        statement = statement.where(before(location_names.c.recorded_at, location_names.c.id))
    return statement.order_by(location_names.c.recorded_at.desc(), location_names.c.id.desc()).limit(at_most())


_key, _count = users.c.location_folded, func.count()
UNMAPPED: Any = (
    select(
        # One of its spellings, the same one on every database.
        func.min(users.c.location.cast(ORDERED)).label("text"),
        _count.label("people"),
        func.count().over().label("texts"),
        func.sum(_count).over().label("all_people"),
    )
    .where(users.c.is_active, _key.is_not(None), users.c.location_id.is_(None))
    .group_by(_key)
    .order_by(_count.desc(), _key.cast(ORDERED))
    .limit(at_most())
)


@serves(LocationNameReader)
class SqlLocationNameReader:
    """What texts mean, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def named(self, location_ids: tuple[UUID, ...], after: Cursor | None, limit: int) -> Page[NamedLocation]:
        some = {"ids": location_ids} if location_ids else {}
        page = await LISTED.page(self._reads, _named(bool(some), after is not None), after, limit, **some)
        return page or Page([], None)

    async def unmapped(self, limit: int) -> UnmappedLocations:
        rows = await self._reads.rows(UNMAPPED, limit=limit)
        items = [UnmappedLocation(text, people) for text, people, _, _ in rows]
        return UnmappedLocations(items, *((rows[0][2], int(rows[0][3])) if rows else (0, 0)))
