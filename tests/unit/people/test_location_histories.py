"""What a location is like in time: edits from a day on, corrections and plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from domain.kernel.values import EARLIEST
from domain.people.facts import FactSource, Origin
from domain.people.location_histories import LocationHistory, location_on
from domain.people.locations import PROFILE, LocationProfile
from kit.examples import uid
from kit.surroundings import CountingIds

TODAY = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 18, tzinfo=UTC)
HR, WHY = Origin(FactSource.PERSON, uid(9)), Origin(FactSource.PERSON, uid(9), "Typed wrong.")
AUSTIN = LocationProfile("CP", "Cedar Park", "Austin", State.TEXAS, "America/Chicago")


def a_history(profile: LocationProfile = AUSTIN) -> LocationHistory:
    ids = CountingIds()
    history = LocationHistory(uid(1), (), ids.new)
    history.begin(profile, HR)
    return LocationHistory(uid(1), history.facts, ids.new)


def in_days(days: int) -> date:
    return TODAY + timedelta(days)


def noon(days: int) -> datetime:
    return NOON + timedelta(days)


def on(history: LocationHistory, day: date, name: str = "name") -> Any:
    found = location_on(day, history.facts)
    return found and getattr(found.profile, name)


def steps(history: LocationHistory) -> list[tuple[date, str]]:
    return sorted((each.from_day, each.profile.name) for each in history.facts)


class TestHolding:
    def test_what_is_first_known_counts_for_all_days(self) -> None:
        assert on(a_history(), EARLIEST) == on(a_history(), date.max) == "Cedar Park"

    def test_an_edit_holds_from_its_day_on(self) -> None:
        history = a_history()
        history.hold({"name": "West"}, TODAY, NOON, HR)
        assert [on(history, in_days(n)) for n in (-1, 0, 1)] == ["Cedar Park", "West", "West"]

    def test_another_edit_of_the_same_day_supersedes_the_first(self) -> None:
        history = a_history()
        for name in ("West", "East"):
            history.hold({"name": name}, TODAY, NOON, HR)
        first, second = history.written
        assert (second.supersedes, steps(history)) == (first.id, [(EARLIEST, "Cedar Park"), (TODAY, "East")])

    def test_what_is_known_already_is_not_written(self) -> None:
        history = a_history()
        for day in (EARLIEST, in_days(-1), TODAY, in_days(1)):
            history.hold({"name": "Cedar Park", "state": State.TEXAS}, day, NOON, HR)
        assert history.written == []

    def test_a_correction_holds_until_today_and_needs_a_reason(self) -> None:
        history = a_history()
        history.hold({"name": "West"}, TODAY, NOON, HR)
        with pytest.raises(InvalidValue, match="corrects what was known of days before today") as refused:
            history.hold({"name": "East"}, in_days(-10), noon(5), HR)
        assert refused.value.field == ("reason",)
        history = a_history()
        history.hold({"name": "West"}, in_days(-5), noon(-5), HR)
        history.hold({"name": "East"}, in_days(-10), NOON, WHY)
        assert steps(history) == [(EARLIEST, "Cedar Park"), (in_days(-10), "East")]

    def test_a_plan_stays_when_something_else_or_the_same_changes_before(self) -> None:
        history = a_history()
        history.hold({"name": "West"}, in_days(30), NOON, HR)
        history.hold({"name": "Park", "city": "Leander"}, TODAY, NOON, HR)
        seen = [(on(history, in_days(n)), on(history, in_days(n), "city")) for n in (-1, 0, 30)]
        assert seen == [("Cedar Park", "Austin"), ("Park", "Leander"), ("West", "Leander")]

    def test_the_same_value_as_before_takes_a_plan_back(self) -> None:
        history = a_history()
        history.hold({"name": "West"}, in_days(30), NOON, HR)
        history.hold({"name": "Cedar Park"}, in_days(30), NOON, HR)
        assert (steps(history), history.written[-1].withdrawn) == ([(EARLIEST, "Cedar Park")], True)

    def test_what_would_make_no_sense_on_some_day_is_refused(self) -> None:
        history = a_history()
        history.hold({"closed_on": in_days(30)}, in_days(10), NOON, HR)
        with pytest.raises(InvalidValue, match="the day on which it opened"):
            history.hold({"opened_on": in_days(31)}, TODAY, NOON, HR)


class TestShowing:
    def test_a_plan_begins_with_its_day_by_its_own_clocks(self) -> None:
        history = a_history()
        history.hold({"name": "West"}, in_days(1), NOON, HR)
        moments = (datetime(2026, 4, 1, 4, 59, tzinfo=UTC), datetime(2026, 4, 1, 5, tzinfo=UTC))
        assert [[each.name for each in history.lasting(moment)] for moment in moments] == [
            ["Cedar Park", "West"],
            ["West"],
        ]
        assert [each.name for each in history.lasting_before(moments[1])] == ["Cedar Park"]

    @pytest.mark.parametrize("zone", ["Pacific/Honolulu", "Pacific/Guam"])
    def test_it_does_not_flicker_when_it_gets_another_zone(self, zone: str) -> None:
        for hour in range(24):
            moment = NOON + timedelta(hours=hour)
            history = a_history()
            history.hold({"time_zone": zone}, None, moment, HR)
            for later in range(48):
                assert history.at(moment + timedelta(hours=later)).time_zone == zone


DAYS = st.integers(-6, 6)
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["A", "B", "C"]),
    "city": st.sampled_from(["X", "Y"]),
    "closed_on": st.sampled_from([None, in_days(100)]),
}
CHANGES = st.dictionaries(st.sampled_from(sorted(VALUES)), st.none(), min_size=1).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


@given(st.lists(st.tuples(DAYS, DAYS, CHANGES), max_size=6))
def test_each_value_of_each_day_is_the_one_that_follows_from_the_edits(
    edits: list[tuple[int, int, dict[str, Any]]],
) -> None:
    """Compared with tables of days, one for each value, without facts and versions."""
    history, days = a_history(), range(-8, 9)
    known = {n: {name: getattr(AUSTIN, name) for name in PROFILE} for n in days}
    for today, (day, _, changes) in zip(sorted(each[1] for each in edits), edits, strict=True):
        history.hold(changes, in_days(day), noon(today), WHY)
        before = {n: dict(values) for n, values in known.items()}
        for name, value in changes.items():
            for n in range(day, 9):
                if n > max(day, today) and before[n][name] != before[n - 1][name]:
                    break
                known[n][name] = value
    for n in days:
        found = location_on(in_days(n), history.facts)
        assert found is not None
        assert {name: getattr(found.profile, name) for name in PROFILE} == known[n]
    ordered = sorted(history.facts, key=lambda each: each.from_day)
    assert all(one.profile != other.profile for one, other in pairwise(ordered))
