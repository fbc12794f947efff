"""Histories of locations: table, repository and reader. The database refuses to change or remove rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    false,
    insert,
    select,
)

from adapters.registry import serves
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.recorded import clock, moment_of, recorded_at
from adapters.sql.kit.schema import identity, metadata
from adapters.sql.kit.types import choice
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.locations import locations
from application.people.locations.histories import LocationHistoryReader, RecordedLocation
from application.people.locations.ports import LocationHistories, ShownLocation
from domain.kernel.states import State
from domain.people.facts import FactChanged, FactSource, NewId, in_force
from domain.people.location_histories import LocationFact, LocationHistory
from domain.people.locations import PROFILE, LocationNotFound, LocationProfile

location_facts = Table(
    "location_facts",
    metadata,
    identity(),
    Column("location_id", Uuid(), nullable=False),
    Column("from_day", Date(), nullable=False),
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
    Column("source", choice(FactSource, "source"), nullable=False),
    Column("reason", Text()),
    Column("withdrawn", Boolean(), nullable=False, server_default=false()),
    Column("supersedes", Uuid()),
    recorded_at(),
    Column("recorded_by", Uuid()),
    UniqueConstraint("supersedes", info={"violated": FactChanged}),
    info=append_only(),
)
Index("ix_location_facts_location_id", location_facts.c.location_id)
Index("ix_location_facts_recorded_at", location_facts.c.recorded_at)

OTHERS = ("from_day", "source", "reason", "withdrawn", "supersedes", "recorded_at", "recorded_by")
LOCATION_FACT: Mapping[str, ColumnElement[Any]] = {
    name: location_facts.c[name].label(f"fact_{name}") for name in ("id", "location_id", *OTHERS, *PROFILE)
}
"""What a fact is made of, each under a name of its own, so that other rows can be in the same result."""


def fact_of(row: Mapping[str, Any]) -> LocationFact:
    """The fact in these values, by the names in `LOCATION_FACT`."""
    profile = LocationProfile(**{name: row[name] for name in PROFILE})
    return LocationFact(
        id=row["id"], location_id=row["location_id"], profile=profile, **{name: row[name] for name in OTHERS}
    )


def facts_of(rows: Iterable[Sequence[Any]]) -> list[LocationFact]:
    """The facts in these rows of the `LOCATION_FACT`; a location without facts has a row of NULLs."""
    found = (dict(zip(LOCATION_FACT, row, strict=True)) for row in rows)
    return [fact_of(each) for each in found if each["id"] is not None]


SHOWN = [locations.c[name] for name in ("id", *PROFILE)]
OF_LOCATIONS = locations.outerjoin(location_facts, location_facts.c.location_id == locations.c.id)
ONE = locations.c.id == bindparam("location_id", type_=Uuid())
LOCKED = select(locations.c.id).where(ONE).with_for_update()
FACTS = select(*LOCATION_FACT.values()).select_from(OF_LOCATIONS).where(ONE)
RECORDED = (
    select(locations.c.time_zone, *LOCATION_FACT.values())
    .select_from(OF_LOCATIONS)
    .where(ONE)
    .order_by(location_facts.c.recorded_at, location_facts.c.id)
)


@serves(LocationHistories)
class SqlLocationHistories:
    """Histories of locations in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, location_id: UUID, new_id: NewId, *, alone: bool = True) -> LocationHistory:
        session = await self._unit.session()
        if alone and self._unit.dialect == "postgresql":
            # So that two units of work never add to what each has read; SQLite serializes writers.
            await session.execute(LOCKED, {"location_id": location_id})
        rows = (await session.execute(FACTS, {"location_id": location_id})).all()
        if not rows:
            raise LocationNotFound
        return LocationHistory(location_id, in_force(facts_of(rows)), new_id)

    async def after(self, location_id: UUID | None, limit: int, new_id: NewId) -> list[ShownLocation]:
        session = await self._unit.session()
        shown: dict[UUID, LocationProfile] = {}
        facts: dict[UUID, list[Sequence[Any]]] = defaultdict(list)
        for row in await session.execute(_next_ones(location_id, limit)):
            shown[row[0]] = LocationProfile(**dict(zip(PROFILE, row[1 : len(SHOWN)], strict=True)))
            facts[row[0]].append(row[len(SHOWN) :])
        return [
            ShownLocation(LocationHistory(each, in_force(facts_of(facts[each])), new_id), profile)
            for each, profile in shown.items()
        ]

    async def keep(self, history: LocationHistory) -> None:
        session = await self._unit.session()
        at = moment_of(self._unit.dialect, await session.scalar(clock(self._unit.dialect)))
        rows = [_row(each) | {"recorded_at": at} for each in history.written]
        await session.execute(insert(location_facts), rows)


def _next_ones(location_id: UUID | None, limit: int) -> Select[Any]:
    ids = select(locations.c.id).order_by(locations.c.id).limit(limit)
    if location_id is not None:
        ids = ids.where(locations.c.id > location_id)
    statement = select(*SHOWN, *LOCATION_FACT.values()).select_from(OF_LOCATIONS).where(locations.c.id.in_(ids))
    return statement.order_by(locations.c.id)


def _row(fact: LocationFact) -> dict[str, Any]:
    profile = {name: getattr(fact.profile, name) for name in PROFILE}
    return {"id": fact.id, "location_id": fact.location_id, **{name: getattr(fact, name) for name in OTHERS}, **profile}


@serves(LocationHistoryReader)
class SqlLocationHistoryReader:
    """Histories of locations, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def recorded(self, location_id: UUID) -> RecordedLocation | None:
        rows = await self._reads.rows(RECORDED, location_id=location_id)
        return RecordedLocation(rows[0][0], facts_of(row[1:] for row in rows)) if rows else None
