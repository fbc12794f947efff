"""What the locations of people were like in time, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.memory.kit.recorded import as_recorded
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import Tables
from adapters.memory.people.histories import POSITIONS
from adapters.memory.people.location_histories import LOCATION_FACTS
from adapters.memory.people.location_names import LOCATION_NAMES
from adapters.registry import serves
from application.people.locations.of_people import LocationsOfPeople, LocationsOfPeopleReader, Recorded
from domain.people.meanings import text_key


@serves(LocationsOfPeople)
class MemoryLocationsOfPeople:
    """Implements application.people.locations.of_people.LocationsOfPeople."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._tables = unit.draft

    async def of(self, user_ids: Sequence[UUID]) -> Recorded:
        return _of(self._tables, user_ids)


@serves(LocationsOfPeopleReader)
class MemoryLocationsOfPeopleReader:
    """Implements application.people.locations.of_people.LocationsOfPeopleReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.table

    async def of(self, user_ids: Sequence[UUID]) -> Recorded:
        return _of(self._tables, user_ids)


def _of(tables: Tables, user_ids: Sequence[UUID]) -> Recorded:
    held = [each for each in tables(POSITIONS).rows() if each.user_id in user_ids]
    keys = {text_key(each.location) for each in held if each.location}
    meant = {each.target for each in tables(LOCATION_NAMES.facts).rows() if each.text_key in keys}
    found: Recorded = {}
    for fact in as_recorded(each for each in tables(LOCATION_FACTS).rows() if each.location_id in meant):
        found.setdefault(fact.location_id, []).append(fact)
    return found
