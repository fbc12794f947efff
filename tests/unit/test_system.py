"""The time and the ids as the machine gives them."""

from __future__ import annotations

from datetime import UTC, timedelta

from adapters.system import SystemClock, TimeOrderedIds


def test_the_clock_tells_utc_and_does_not_go_back() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)


def test_ids_are_of_version_7_and_later_ones_sort_later() -> None:
    ids = [TimeOrderedIds().new() for _ in range(1_000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
