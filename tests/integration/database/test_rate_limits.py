"""Rate limits counted in the database, for all processes together."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.rate_limits import WindowCounter
from adapters.sql.kit.rate_limits import CLEANED, DatabaseStorage
from entrypoints.http.kit.allowances import LocalAllowances, SharedAllowances
from integration.backends import SqlBackend, opened
from integration.listening import statements
from kit.surroundings import FixedClock

on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def counter(backend: SqlBackend, clock: FixedClock) -> WindowCounter:
    # How fast the machine is does not matter here.
    return WindowCounter(DatabaseStorage(backend.database.engine, clock), deadline=60)


async def test_two_processes_count_together_until_the_minute_is_over(
    backend: SqlBackend, other: SqlBackend, clock: FixedClock
) -> None:
    first, second = counter(backend, clock), counter(other, clock)
    ends_at = (clock.now() + timedelta(minutes=1)).timestamp()
    assert await first.use("ana", 1, 3) == (True, 2, ends_at)
    clock.advance(timedelta(seconds=10))
    assert await second.use("ana", 2, 3) == (True, 0, ends_at)
    assert await first.use("ana", 1, 3) == (False, 0, ends_at)
    assert (await second.use("ben", 1, 3))[:2] == (True, 2)
    clock.advance(timedelta(seconds=50))
    assert (await second.use("ana", 1, 3))[:2] == (True, 2)


async def test_a_clock_that_was_ahead_locks_nobody_out(
    backend: SqlBackend, other: SqlBackend, clock: FixedClock
) -> None:
    ahead = FixedClock(clock.now() + timedelta(days=1_000))
    assert (await counter(other, ahead).use("ana", 3, 3))[:2] == (True, 0)
    ends_at = (clock.now() + timedelta(minutes=1)).timestamp()
    assert await counter(backend, clock).use("ana", 1, 3) == (True, 2, ends_at)


async def test_uses_at_the_same_time_are_all_counted(backend: SqlBackend, other: SqlBackend, clock: FixedClock) -> None:
    counters = counter(backend, clock), counter(other, clock)
    found = await asyncio.gather(*(counters[n % 2].use("ana", 1, 10) for n in range(16)))
    rows = await backend.sql("SELECT used FROM rate_limits")
    assert [row[0] for row in rows] == [16]
    assert sum(is_within for is_within, _, _ in found) == 10


async def test_a_use_is_one_statement_and_what_expired_is_deleted(backend: SqlBackend, clock: FixedClock) -> None:
    counted = counter(backend, clock)
    with statements(backend) as sent:
        await counted.use("ana", 1, 3)
    assert len([each for each in sent if not each.startswith("BEGIN")]) == 1
    clock.advance(CLEANED)
    await counted.use("ben", 1, 3)
    keys = [row[0] for row in await backend.sql("SELECT key FROM rate_limits")]
    assert ["ben" in key for key in keys] == [True]


@on_postgresql
async def test_nothing_of_it_is_in_the_write_ahead_log(backend: SqlBackend) -> None:
    kinds = await backend.sql("SELECT relpersistence::text FROM pg_class WHERE relname = 'rate_limits'")
    assert [row[0] for row in kinds] == ["u"]


async def test_without_the_database_each_process_counts_alone(url: str, clock: FixedClock) -> None:
    async with opened(url) as backend:
        shared = SharedAllowances(LocalAllowances(clock), counter(backend, clock), clock)
        await backend.sql("ALTER TABLE rate_limits RENAME TO rate_limits_elsewhere")
        try:
            assert [await shared.take("ana", 1, 2) for _ in range(3)] == [0, 0, 30]
        finally:
            await backend.sql("ALTER TABLE rate_limits_elsewhere RENAME TO rate_limits")
        clock.advance(timedelta(minutes=2))
        assert [await shared.take("ana", 1, 2) for _ in range(2)] == [0, 0]
        assert [row[0] for row in await backend.sql("SELECT used FROM rate_limits")] == [2]
