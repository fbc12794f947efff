"""What a location was like on a day, from what was known at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, overseers
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.kernel.ports import Clock
from application.people.histories.queries import HistoryReader
from domain.kernel.days import LocalDays
from domain.kernel.states import State
from domain.people.facts import FactSource, known_at
from domain.people.location_histories import LocationFact, by_day, location_on
from domain.people.locations import PROFILE, LocationNotFound


@dataclass(slots=True)
class LocationFactView:
    """A version of the fact that a location is like this from `from_day` on.

    The first one begins on 1950-01-01, the earliest day that there can be: as far as is known, it has always been so.
    `supersedes` is the version that this one replaces.
    """

    id: UUID
    from_day: date
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
    source: FactSource
    reason: str | None
    supersedes: UUID | None
    recorded_at: datetime | None
    recorded_by: UUID | None

    @classmethod
    def of(cls, fact: LocationFact) -> LocationFactView:
        return cls(
            id=fact.id,
            from_day=fact.from_day,
            source=fact.source,
            reason=fact.reason,
            supersedes=fact.supersedes,
            recorded_at=fact.recorded_at,
            recorded_by=fact.recorded_by,
            **{name: getattr(fact.profile, name) for name in PROFILE},
        )


@dataclass(slots=True)
class RecordedLocation:
    """The time zone that a location shows, and all versions of the facts about it, in the order of recording."""

    time_zone: str
    facts: Sequence[LocationFact]


class LocationHistoryReader(Protocol):
    """Reads histories of locations with one statement per call."""

    async def recorded(self, location_id: UUID) -> RecordedLocation | None:
        """All that is committed; None if there is no such location."""


@dataclass(slots=True)
class LocationHistoryView:
    """What a location was like on the day `as_of`, from what was known at `known_at`.

    `known_at` is at most the `watermark`: the same `as_of` and the same `known_at` always have the same answer.
    `known` is null if nothing was known of the location then. `facts` are all that were known then of any day, planned
    ones too, from the first to the last.
    """

    location_id: UUID
    as_of: date
    known_at: datetime
    watermark: datetime
    known: LocationFactView | None
    facts: list[LocationFactView]


@dataclass(frozen=True, slots=True)
class ReadLocationHistory(Query[LocationHistoryView]):
    """What a location was like on a day."""

    location_id: UUID
    as_of: date | None = None
    known_at: datetime | None = None


@handles(ReadLocationHistory, allow=overseers, raises=(LocationNotFound,))
async def read_location_history(
    query: ReadLocationHistory, actor: Actor, histories: HistoryReader, locations: LocationHistoryReader, clock: Clock
) -> LocationHistoryView:
    """Show what a location was like on the day `as_of`, by default today there, from what was known at `known_at`.

    It is shown to managers, compliance officers and administrators. `known_at` is by default the watermark, before
    which nothing can still be recorded; a later moment is taken for the watermark, and the answer says so.
    """
    # First, in a statement of its own: what was recorded by then is visible to the next statement.
    watermark = await histories.watermark()
    recorded = await locations.recorded(query.location_id)
    if recorded is None:
        raise LocationNotFound
    moment = watermark.limit(query.known_at)
    as_of = query.as_of or LocalDays(recorded.time_zone).day_of(clock.now())
    facts = by_day(known_at(recorded.facts, moment))
    present = location_on(as_of, facts)
    return LocationHistoryView(
        query.location_id,
        as_of,
        moment,
        watermark.at,
        None if present is None else LocationFactView.of(present),
        [LocationFactView.of(each) for each in facts],
    )
