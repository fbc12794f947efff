"""What a location is like on each day, and since when that is known, however often it was edited and corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from application.compliance.offices import Office, PlaceOnDays, offices
from domain.compliance.audience_facts import Place
from domain.kernel.states import State
from domain.kernel.values import EARLIEST
from domain.people.facts import FactSource, Origin
from domain.people.location_histories import LocationFact, LocationHistory, location_on_as_known_at
from domain.people.locations import LocationProfile
from kit.compliance import day
from kit.examples import uid
from kit.surroundings import CountingIds

NOON = datetime(2026, 3, 31, 18, tzinfo=UTC)
TODAY = NOON.date()
WHY = Origin(FactSource.PERSON, uid(9), "Typed wrong.")
AUSTIN = LocationProfile("CP", "Cedar Park", "Austin", State.TEXAS, "America/Chicago")


class Told:
    """A location of which something else is said on each of the following days."""

    def __init__(self) -> None:
        self.versions: list[LocationFact] = []
        self._ids = CountingIds()
        self._history = LocationHistory(uid(1), (), self._ids.new)
        self._history.begin(AUSTIN, WHY)
        self.moments: list[datetime] = []
        self._record()

    def that(self, since: str, **values: object) -> None:
        self._history.hold(values, day(since), self._now, WHY)
        self._record()

    @property
    def _now(self) -> datetime:
        return NOON + timedelta(len(self.moments))

    def _record(self) -> None:
        self.versions += [replace(each, recorded_at=self._now) for each in self._history.written]
        self._history = LocationHistory(uid(1), self._history.facts, self._ids.new)
        self.moments.append(self._now)

    @property
    def office(self) -> Office:
        (office,) = offices([*self.versions, *self.versions]).values()
        return office

    def in_words(self, since: str = "2020-01-01", until: str | None = None) -> list[str]:
        return [
            f"{each.from_day} to {each.until}: {each.place.city}, {each.place.state}"
            + (f", city since {each.city_since:%B %d}" if each.city_since else "")
            + (f", state since {each.state_since:%B %d}" if each.state_since else "")
            for each in self.office.within(day(since), None if until is None else day(until))
        ]


def test_what_was_first_known_counts_for_all_days_and_has_always_been_known() -> None:
    assert Told().in_words("1950-01-01") == ["1950-01-01 to None: Austin, TX"]


def test_a_move_is_known_since_it_was_recorded_and_the_days_before_are_as_they_were() -> None:
    told = Told()
    told.that("2026-02-01", city="Reno", state=State.NEVADA)
    assert told.in_words() == [
        "2020-01-01 to 2026-01-31: Austin, TX",
        "2026-02-01 to None: Reno, NV, city since April 01, state since April 01",
    ]
    assert told.in_words("2026-01-31", "2026-02-01") == [
        "2026-01-31 to 2026-01-31: Austin, TX",
        "2026-02-01 to 2026-02-01: Reno, NV, city since April 01, state since April 01",
    ]
    assert told.in_words("2020-01-01", "2020-12-31") == ["2020-01-01 to 2020-12-31: Austin, TX"]


def test_a_correction_of_the_city_does_not_make_the_state_known_late() -> None:
    told = Told()
    told.that("1950-01-01", city="Cedar Park")
    told.that("2026-01-01", address="1 Main St", name="Cedar Park West")
    assert told.in_words() == [
        "2020-01-01 to 2025-12-31: Cedar Park, TX, city since April 01",
        "2026-01-01 to None: Cedar Park, TX, city since April 01",
    ]


def test_what_is_taken_back_is_known_since_then() -> None:
    told = Told()
    told.that("2026-02-01", city="Reno")
    told.that("2026-02-01", city="Austin")
    assert told.in_words()[-1] == "2026-02-01 to None: Austin, TX, city since April 02"


def test_a_moment_has_the_day_that_it_had_at_the_place_then() -> None:
    told = Told()
    told.that("2026-02-01", time_zone="Pacific/Honolulu")
    assert told.office.zone_at(NOON - timedelta(days=100)) == "America/Chicago"
    assert told.office.zone_at(NOON) == "Pacific/Honolulu"


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_recorded_each_day_is_as_it_is_known_without_a_break(seed: int) -> None:
    chance, told = Random(seed), Told()
    for _ in range(8):
        change = chance.choice(({"city": chance.choice("ABC")}, {"state": chance.choice((State.TEXAS, State.NEVADA))}))
        told.that(str(TODAY + timedelta(chance.randrange(-5, 25))), **change)
    spans = list(told.office.within(EARLIEST, None))
    assert [each.from_day for each in spans[1:]] == [each.until + timedelta(1) for each in spans[:-1] if each.until]
    for number in range(-7, 28):
        as_of = TODAY + timedelta(number)
        (found,) = told.office.within(as_of, as_of)
        assert found in [replace(each, from_day=as_of, until=as_of) for each in spans if each.covers(as_of)]
        assert found == naively(told, as_of)


def naively(told: Told, as_of: date) -> PlaceOnDays:
    """By asking what was known at each moment."""
    known = [location_on_as_known_at(as_of, moment, told.versions) for moment in told.moments]
    profiles = [each.profile for each in known if each]

    def since(name: str) -> datetime | None:
        differing = [place for place, each in enumerate(profiles) if getattr(each, name) != getattr(profiles[-1], name)]
        return told.moments[differing[-1] + 1] if differing else None

    place = Place(uid(1), profiles[-1].name, profiles[-1].city, profiles[-1].state)
    return PlaceOnDays(as_of, as_of, place=place, city_since=since("city"), state_since=since("state"))
