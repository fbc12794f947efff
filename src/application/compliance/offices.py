"""What the locations of people are like on all days, as far as rules ask for it, and since when that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from domain.compliance.audience_facts import Place
from domain.compliance.facts import Span
from domain.kernel.days import days_later
from domain.people.facts import in_force
from domain.people.location_histories import LocationFact, lasting, location_on, location_on_as_known_at
from domain.people.locations import LocationProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOnDays(Span):
    """A location on days on which nothing changes that is known of it.

    It is known since these moments that it is in this city and in this state, without a break. None stands for always:
    what was first known of a location counts for all days before too.
    """

    place: Place
    city_since: datetime | None
    state_since: datetime | None


class Office:
    """A location on all days, from all versions of its facts. There is at least one."""

    def __init__(self, versions: Sequence[LocationFact]) -> None:
        self._facts = in_force(versions)
        self._zone = versions[0].profile.time_zone if len(versions) == 1 else None
        self._days = tuple(_days(versions, self._facts))

    def zone_at(self, moment: datetime) -> str:
        """The time zone that it had at this moment."""
        return self._zone or lasting(moment, self._facts)[0].profile.time_zone

    def within(self, first: date, until: date | None) -> Iterator[PlaceOnDays]:
        """What it is like from the first day until the last, cut where that changes."""
        for each in self._days:
            starts_in_time = until is None or each.from_day <= until
            if starts_in_time and (each.until is None or each.until >= first):
                ends = [day for day in (each.until, until) if day is not None]
                yield PlaceOnDays(
                    max(first, each.from_day),
                    min(ends, default=None),
                    place=each.place,
                    city_since=each.city_since,
                    state_since=each.state_since,
                )


def offices(versions: Iterable[LocationFact]) -> dict[UUID, Office]:
    """The locations that these facts are about, by id. The same fact may come several times."""
    found: dict[UUID, dict[UUID, LocationFact]] = {}
    for each in versions:
        found.setdefault(each.location_id, {})[each.id] = each
    return {location_id: Office(list(facts.values())) for location_id, facts in found.items()}


def _days(versions: Sequence[LocationFact], facts: Sequence[LocationFact]) -> Iterator[PlaceOnDays]:
    days = sorted({each.from_day for each in versions})
    for number, day in enumerate(days):
        fact = location_on(day, facts)
        if fact is not None:
            profile = fact.profile
            yield PlaceOnDays(
                day,
                days_later(days[number + 1], -1) if number + 1 < len(days) else None,
                place=Place(fact.location_id, profile.name, profile.city, profile.state),
                city_since=_since(day, versions, attrgetter("city")),
                state_since=_since(day, versions, attrgetter("state")),
            )


def _since(day: date, versions: Sequence[LocationFact], value: Callable[[LocationProfile], object]) -> datetime | None:
    """Since when this value of the location is known without a break for the day."""
    since = None
    last: LocationFact | None = None
    if len(versions) > 1:
        for moment in sorted({each.recorded_at for each in versions if each.recorded_at is not None}, reverse=True):
            told = location_on_as_known_at(day, moment, versions)
            last = last or told
            if told is None or last is None or value(told.profile) != value(last.profile):
                return since
            since = moment
    return None
