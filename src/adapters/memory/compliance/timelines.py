"""Timelines in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import Tables
from adapters.memory.people.histories import EMPLOYMENT, POSITIONS
from adapters.memory.people.job_codes import JOB_TITLES
from adapters.memory.people.location_histories import LOCATION_FACTS
from adapters.memory.people.location_names import LOCATION_NAMES
from adapters.memory.people.tables import USERS
from adapters.memory.people.zones import Zones
from adapters.registry import serves
from application.compliance.offices import offices
from application.compliance.timelines import (
    DaysAt,
    KnownTimelines,
    PersonRow,
    PositionVersion,
    RecordedPeople,
    StateVersion,
    Timelines,
    meant,
)
from domain.compliance.timelines import Timeline
from domain.people.meanings import text_key

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@serves(Timelines)
class MemoryTimelines:
    """Implements application.compliance.timelines.Timelines."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._people = _People(unit.draft)

    async def of(self, user_ids: Sequence[UUID], at: DaysAt) -> dict[UUID, Timeline]:
        return self._people.recorded(user_ids).timelines(at)


@serves(KnownTimelines)
class MemoryKnownTimelines:
    """Implements application.compliance.timelines.KnownTimelines."""

    def __init__(self, store: MemoryStore) -> None:
        self._people = _People(store.table)

    async def of(self, user_ids: Sequence[UUID], at: DaysAt) -> dict[UUID, Timeline]:
        return self._people.recorded(user_ids).timelines(at)


class _People:
    """People as committed, or as a unit of work sees them."""

    def __init__(self, tables: Tables) -> None:
        self._users = tables(USERS)
        self._positions = tables(POSITIONS)
        self._employment = tables(EMPLOYMENT)
        self._locations = tables(LOCATION_FACTS)
        self._names = tables(LOCATION_NAMES.facts)
        self._titles = tables(JOB_TITLES.facts)
        self._zones = Zones(tables)

    def recorded(self, user_ids: Sequence[UUID]) -> RecordedPeople:
        ids = set(user_ids)
        found = RecordedPeople(list(self._rows(ids)))
        for each in self._positions.rows():
            if each.user_id in ids:
                found.positions[each.user_id].append(
                    PositionVersion(
                        each.id,
                        each.user_id,
                        each.position_id,
                        each.department,
                        each.job_title and text_key(each.job_title),
                        each.location and text_key(each.location),
                        each.is_primary,
                        each.starts_on,
                        each.ends_on,
                        each.withdrawn,
                        each.supersedes,
                        each.recorded_at or BEGINNING,
                    )
                )
        for state in self._employment.rows():
            if state.user_id in ids:
                recorded_at = state.recorded_at or BEGINNING
                found.states[state.user_id].append(
                    StateVersion(
                        *(state.id, state.user_id, state.state, state.from_day, state.withdrawn, state.supersedes),
                        recorded_at,
                    )
                )
        titles = sorted(self._titles.rows(), key=lambda each: each.recorded_at)
        names = sorted(self._names.rows(), key=lambda each: each.recorded_at)
        found.codes = meant((each.text_key, each.target, each.recorded_at) for each in titles)
        found.places = meant((each.text_key, each.target, each.recorded_at) for each in names)
        found.offices = offices(self._locations.rows())
        return found

    def _rows(self, user_ids: set[UUID]) -> Iterator[PersonRow]:
        for user_id in sorted(user_ids):
            user = self._users.peek(user_id)
            if user is not None and user.merged_into is None:
                yield PersonRow(
                    user.id, user.created_at, self._zones.of(user.id), user.profile_metadata, user.first_sign_in
                )
