"""The time, the ids and the chance as the machine gives them."""

from __future__ import annotations

from datetime import UTC, timedelta

from adapters.serials import RandomSerials
from adapters.system import SystemChance, SystemClock, TimeOrderedIds
from domain.evidence.certificates import read_serial


def test_the_clock_tells_utc_and_does_not_go_back() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert timedelta(0) <= second - first < timedelta(minutes=1)


def test_ids_are_of_version_7_and_later_ones_sort_later() -> None:
    ids = [TimeOrderedIds().new() for _ in range(1_000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}


def test_no_two_serials_are_alike() -> None:
    serials = {RandomSerials().new() for _ in range(1_000)}
    assert len(serials) == 1_000
    assert all(read_serial(serial) == serial for serial in serials)


def test_no_two_seeds_are_alike_and_each_fits_a_column() -> None:
    seeds = {SystemChance().seed() for _ in range(1_000)}
    assert len(seeds) == 1_000
    assert 0 <= min(seeds) <= max(seeds) < 2**63
