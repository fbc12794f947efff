"""Which day it is depends on where one is: days of zones in the West and in the East, and where clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.days import LocalDays, months_later, offset_of, utc_day
from kit.about import for_each
from kit.random_examples import times

ZONES = (
    *("UTC", "America/Chicago", "America/New_York", "America/Phoenix", "Pacific/Honolulu", "Pacific/Guam"),
    *("Pacific/Kiritimati", "Etc/GMT+12", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "Asia/Beirut"),
    *("-06:00", "+05:45"),
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
DAYS = st.dates(date(1970, 1, 2), date(2200, 1, 1))


@for_each(
    ("zone", "moment", "day"),
    [
        ("America/Los_Angeles", datetime(2026, 7, 4, 1, 30, tzinfo=UTC), date(2026, 7, 3)),
        ("America/Chicago", datetime(2026, 1, 16, 2, 30, tzinfo=UTC), date(2026, 1, 15)),
        ("-06:00", datetime(2026, 1, 16, 2, 30, tzinfo=UTC), date(2026, 1, 15)),
        ("Pacific/Kiritimati", datetime(2026, 1, 15, 10, 0, tzinfo=UTC), date(2026, 1, 16)),
        ("Etc/GMT+12", datetime(2026, 1, 15, 11, 59, tzinfo=UTC), date(2026, 1, 14)),
    ],
)
def test_a_moment_is_of_the_day_that_it_is_there(zone: str, moment: datetime, day: date) -> None:
    assert LocalDays(zone).day_of(moment) == day
    assert LocalDays(zone).day_of(moment.astimezone(timezone(timedelta(hours=9)))) == day


@times(2)
@given(st.sampled_from(ZONES), DAYS)
def test_a_day_begins_and_ends_within_itself_and_is_followed_by_the_next(zone: str, day: date) -> None:
    days = LocalDays(zone)
    first, last = days.begin_of(day), days.end_of(day)
    if first > last:
        pytest.fail(f"{zone} has no {day}") if zone != "Pacific/Kiritimati" else None
        return  # Kiritimati went over the date line on New Year's Eve of 1994
    assert (days.day_of(first), days.day_of(last)) == (day, day)
    assert days.begin_of(day + timedelta(days=1)) == last + timedelta(microseconds=1)
    # Clocks are changed by two hours at most, elsewhere than on the date line.
    assert timedelta(hours=22) < last - first < timedelta(hours=26)


@times(2)
@given(st.sampled_from(ZONES), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_days_do_not_go_back(zone: str, moment: datetime, passed: timedelta) -> None:
    days = LocalDays(zone)
    if zone != "Pacific/Kiritimati":
        assert abs(days.day_of(moment) - utc_day(moment)) <= timedelta(days=1)
    assert days.day_of(moment) <= days.day_of(moment + passed)


@times(2)
@given(DAYS, st.integers(1, 120), st.integers(1, 120))
def test_months_count_from_the_first_day_and_not_from_the_day_before(day: date, first: int, then: int) -> None:
    """January 31 and one month is February 28; and two months March 31, which a sum of two would miss."""
    there = months_later(day, first + then)
    assert there.day == day.day or (there + timedelta(days=1)).day == 1
    assert there >= months_later(months_later(day, first), then)


def test_the_ends_of_time_have_days() -> None:
    for zone in ZONES:
        assert LocalDays(zone).begin_of(date.min) <= LocalDays(zone).end_of(date.max)


@for_each("zone", ["Texas", "", "../UTC", "CST6", "06:00"])
def test_an_unknown_zone_has_none(zone: str) -> None:
    with pytest.raises((ZoneInfoNotFoundError, ValueError)):
        LocalDays(zone)


@pytest.mark.parametrize(
    ("given", "zone"),
    [
        ("2026-01-15T20:30:00-06:00", "-06:00"),
        ("2026-01-15T20:30:00Z", "+00:00"),
        ("2026-01-15T20:30:00+05:45", "+05:45"),
    ],
)
def test_the_offset_of_a_time_is_a_zone(given: str, zone: str) -> None:
    moment = datetime.fromisoformat(given)
    assert offset_of(moment) == zone
    assert LocalDays(zone).day_of(moment) == moment.date()
