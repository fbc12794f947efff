"""What the locations of people were like in time, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from adapters.registry import serves
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.history_tables import positions
from adapters.sql.people.location_histories import LOCATION_FACT, facts_of, location_facts
from adapters.sql.people.location_names import location_names
from application.people.locations.of_people import LocationsOfPeople, LocationsOfPeopleReader, Recorded

TEXTS = select(positions.c.location_folded).where(any_of(positions.c.user_id, "user_ids"))
MEANT = select(location_names.c.location_id).where(location_names.c.text_key.in_(TEXTS))
FACTS = (
    select(*LOCATION_FACT.values())
    .where(location_facts.c.location_id.in_(MEANT))
    .order_by(location_facts.c.recorded_at, location_facts.c.id)
)


@serves(LocationsOfPeople)
class SqlLocationsOfPeople:
    """Implements application.people.locations.of_people.LocationsOfPeople."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_ids: Sequence[UUID]) -> Recorded:
        session = await self._unit.session()
        await session.flush()
        return _recorded(await session.execute(FACTS, {"user_ids": sorted(set(user_ids))}))


@serves(LocationsOfPeopleReader)
class SqlLocationsOfPeopleReader:
    """Implements application.people.locations.of_people.LocationsOfPeopleReader."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of(self, user_ids: Sequence[UUID]) -> Recorded:
        return _recorded(await self._reads.rows(FACTS, user_ids=sorted(set(user_ids))))


def _recorded(rows: Iterable[Sequence[Any]]) -> Recorded:
    found: Recorded = {}
    for fact in facts_of(rows):
        found.setdefault(fact.location_id, []).append(fact)
    return found
