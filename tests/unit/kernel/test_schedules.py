"""When something is due again and again, also where clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.days import LocalDays
from domain.kernel.schedules import Daily, Due, Every, Schedule

CHICAGO = LocalDays("America/Chicago")
CLOCKS = ZoneInfo("America/Chicago")
SKIPPED, TWICE = date(2026, 3, 8), date(2026, 11, 1)
"""The days of 2026 on which clocks skip 02:00 to 03:00, and show 01:00 to 02:00 twice."""

ZONES = st.sampled_from([CHICAGO, LocalDays("UTC"), LocalDays("Europe/Vienna"), LocalDays("Australia/Lord_Howe")])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
DAILY = st.builds(
    Daily,
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(0, 6), min_size=1),
)
SCHEDULES = DAILY | st.builds(Every, st.integers(1, 200_000).map(lambda seconds: timedelta(seconds=seconds)))


@given(SCHEDULES, MOMENTS, ZONES)
def test_the_latest_and_the_next_are_beside_the_moment(schedule: Schedule, now: datetime, days: LocalDays) -> None:
    latest, following = schedule.latest(now, days), schedule.after(now, days)
    assert latest.at <= now < following.at
    assert schedule.after(latest.at, days) == following, "there is none between them"
    assert schedule.latest(following.at, days) == following
    assert schedule.latest(following.at - timedelta(microseconds=1), days) == latest


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_each_day_of_a_year_has_one(at: time) -> None:
    daily, found = Daily(at), list[Due]()
    moment = CHICAGO.begin_of(date(2026, 1, 1)) - timedelta(microseconds=1)
    while (due := daily.after(moment, CHICAGO)).day.year == 2026:
        found.append(due)
        moment = due.at
    assert [due.day for due in found] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [due.at for due in found] == sorted({due.at for due in found})
    for due in found:
        shown = due.at.astimezone(CLOCKS)
        assert shown.date() == due.day
        assert shown.time().replace(fold=0) == at.replace(fold=0) or (
            due.day == SKIPPED and shown.hour == 3 and at.hour == 2
        )


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (SKIPPED, time(2, 30), datetime(2026, 3, 8, 8, 30, tzinfo=UTC)),
        (SKIPPED, time(3, 0), datetime(2026, 3, 8, 8, 0, tzinfo=UTC)),
        (TWICE, time(1, 30), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        (TWICE, time(2, 30), datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
    ],
    ids=["a time that is skipped", "the first after it", "the first of two", "after both"],
)
def test_days_on_which_clocks_are_changed(day: date, at: time, expected: datetime) -> None:
    assert Daily(at).latest(CHICAGO.end_of(day), CHICAGO) == Due(expected, day)
    twice = Daily(at).after(expected, CHICAGO)
    assert twice.day == day + timedelta(days=1), "not again on the same day"


def test_weekdays() -> None:
    mondays = Daily(time(7), frozenset({0}))
    assert mondays.latest(datetime(2026, 3, 8, 12, tzinfo=UTC), CHICAGO).day == date(2026, 3, 2)
    assert mondays.after(datetime(2026, 3, 8, 12, tzinfo=UTC), CHICAGO).day == date(2026, 3, 9)


def test_an_interval_does_not_follow_the_clocks_on_the_wall() -> None:
    hourly, moment = Every(timedelta(hours=1)), CHICAGO.begin_of(TWICE)
    count = 0
    while (moment := hourly.after(moment, CHICAGO).at) <= CHICAGO.end_of(TWICE):
        count += 1
    assert count == 24, "that day has 25 hours, and begins with one that is not counted"


@pytest.mark.parametrize(
    "build",
    [
        lambda: Every(timedelta(0)),
        lambda: Daily(time(1), frozenset()),
        lambda: Daily(time(1), frozenset({7})),
        lambda: Daily(time(1, tzinfo=UTC)),
    ],
    ids=["no interval", "no weekday", "an unknown weekday", "a time zone"],
)
def test_what_makes_no_sense_is_refused(build: object) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=r"interval|weekday|time zone"):
        build()
