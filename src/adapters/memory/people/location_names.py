"""Names of locations, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows, newest_first
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.messages import Cursor, Page
from application.people.locations.names import LocationNameReader, NamedLocation, UnmappedLocation, UnmappedLocations
from application.people.locations.ports import LocationNames
from domain.kernel.aggregate import next_moment
from domain.people.location_names import LocationName, MeantLocation, text_key

LOCATION_NAMES = MemoryTable[UUID, LocationName]("location_names")


def location_of(names: Rows[UUID, LocationName], text: str | None) -> UUID | None:
    """The location that the text means; None when it means none."""
    name = _newest(names).get(text_key(text)) if text else None
    return None if name is None else name.location_id


def _newest(names: Rows[UUID, LocationName]) -> dict[str, LocationName]:
    return {each.text_key: each for each in sorted(names.rows(), key=_recorded_at)}


def _recorded_at(name: LocationName) -> datetime:
    return name.recorded_at


@serves(LocationNames)
class MemoryLocationNames:
    """Implements application.people.locations.ports.LocationNames."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._names = unit.draft(LOCATION_NAMES)
        self._locations = unit.draft(LOCATIONS)
        self._users = unit.draft(USERS)
        self._now = unit.now

    async def meant(self, text: str | None) -> MeantLocation | None:
        location_id = location_of(self._names, text)
        found = self._locations.peek(location_id) if location_id else None
        return None if found is None else MeantLocation(found.id, found.name, found.time_zone, found.closed_on)

    async def settle(self, user_ids: Sequence[UUID]) -> None:
        self._settle(user_ids)

    async def meanings(self, texts: Collection[str]) -> dict[str, LocationName]:
        newest = _newest(self._names)
        return {key: newest[key] for key in map(text_key, texts) if key in newest}

    async def record(self, name_id: UUID, text: str, location_id: UUID | None, recorded_by: UUID | None) -> None:
        known, now = _newest(self._names).get(text_key(text)), self._now()
        moment = next_moment(now, known.recorded_at if known else None)
        self._names.put(name_id, LocationName(name_id, text, location_id, moment, recorded_by))

    async def follow(self, texts: Collection[str]) -> list[UUID]:
        keys = set(map(text_key, texts))
        having = [user.id for user in self._users.rows() if user.location and text_key(user.location) in keys]
        return self._settle(having)

    def _settle(self, user_ids: Iterable[UUID]) -> list[UUID]:
        meanings, changed = _newest(self._names), []
        for user_id in user_ids:
            known = self._users.peek(user_id)
            name = meanings.get(text_key(known.location)) if known and known.location else None
            location_id = None if name is None else name.location_id
            if known and known.location_id != location_id and (user := self._users.load(user_id)):
                user.location_id = location_id
                changed.append(user_id)
        return sorted(changed)


@serves(LocationNameReader)
class MemoryLocationNameReader:
    """Implements application.people.locations.names.LocationNameReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._names = store.table(LOCATION_NAMES)
        self._users = store.table(USERS)

    async def named(self, location_ids: tuple[UUID, ...], after: Cursor | None, limit: int) -> Page[NamedLocation]:
        shown = [
            NamedLocation(each.id, each.text, each.location_id, each.recorded_at, each.recorded_by)
            for each in _newest(self._names).values()
            if each.location_id and (not location_ids or each.location_id in location_ids)
        ]
        return newest_first(
            shown, lambda each: (each.recorded_at, each.id), lambda each: each, after=after, limit=limit
        )

    async def unmapped(self, limit: int) -> UnmappedLocations:
        counted, spelled = Counter[str](), dict[str, str]()
        for user in self._users.rows():
            if user.is_active and user.location and user.location_id is None:
                key = text_key(user.location)
                counted[key] += 1
                spelled[key] = min(user.location, spelled.get(key, user.location))
        first = sorted(counted, key=lambda key: (-counted[key], key))[:limit]
        return UnmappedLocations(
            [UnmappedLocation(spelled[key], counted[key]) for key in first], len(counted), counted.total()
        )
