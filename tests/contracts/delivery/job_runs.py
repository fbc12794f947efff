"""The contract of runs of scheduled jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from application.delivery.ports import DeliveryReader, JobClaim, JobRuns
from contracts import about
from contracts.backend import Backend
from contracts.make import T, later

R = TypeVar("R")

NIGHTLY, SWEEP = "nightly", "sweep"
LEASE = timedelta(minutes=10)


async def using(backend: Backend, work: Callable[[JobRuns], Awaitable[R]]) -> R:
    """Do this with the runs, in a unit of work of its own."""
    return await backend.units.run(lambda unit: work(unit.port(JobRuns)))


async def plan(backend: Backend, *due_at: datetime, job: str = NIGHTLY) -> None:
    await using(backend, lambda runs: runs.plan(job, due_at, T))


async def claim(backend: Backend, now: datetime = T, job: str = NIGHTLY) -> JobClaim | None:
    return await using(backend, lambda runs: runs.claim(job, now, LEASE))


async def held(backend: Backend, now: datetime = T) -> JobClaim:
    found = await claim(backend, now)
    assert found is not None
    return found


async def settle(
    backend: Backend, claim: JobClaim, error: str | None = None, again: datetime | None = None, now: datetime = T
) -> bool:
    return await using(backend, lambda runs: runs.settle(claim, error, again, now))


@about(JobRuns)
class TestJobRuns:
    async def test_a_run_is_done_once(self, backend: Backend) -> None:
        assert await using(backend, lambda runs: runs.last_due(NIGHTLY, T)) is None
        await plan(backend, T)
        run = await held(backend)
        assert (run.job, run.due_at, run.attempt) == (NIGHTLY, T, 1)
        assert await claim(backend) is None
        assert await settle(backend, run)
        await plan(backend, T)
        assert await claim(backend, later(days=9)) is None
        assert await using(backend, lambda runs: runs.last_due(NIGHTLY, T)) == T

    async def test_it_shows_when_a_run_was_last_finished(self, backend: Backend) -> None:
        reader = backend.reader(DeliveryReader)
        assert (await reader.last_run()).finished_at is None
        await plan(backend, T)
        run = await held(backend)
        assert (await reader.last_run()).finished_at is None
        await settle(backend, run, now=later(minutes=1))
        assert (await reader.last_run()).finished_at == later(minutes=1)

    async def test_workers_at_the_same_time_do_it_once(self, backend: Backend) -> None:
        async def work() -> JobClaim | None:
            await plan(backend, T)
            return await claim(backend)

        claims = await asyncio.gather(*(work() for _ in range(4)))
        assert len([each for each in claims if each is not None]) == 1

    async def test_a_run_that_a_clock_ahead_has_planned_is_not_the_last_one(self, backend: Backend) -> None:
        await plan(backend, T, later(days=3_000))
        assert await using(backend, lambda runs: runs.last_due(NIGHTLY, later(days=1))) == T

    async def test_missed_ones_are_done_in_order_one_at_a_time(self, backend: Backend) -> None:
        await plan(backend, later(days=1), T)
        first = await held(backend)
        assert first.due_at == T
        assert await claim(backend) is None
        await settle(backend, first)
        assert (await held(backend)).due_at == later(days=1)

    async def test_after_the_lease_another_takes_over_and_the_first_is_refused(self, backend: Backend) -> None:
        await plan(backend, T)
        slow = await held(backend)
        fast = await held(backend, T + LEASE)
        assert (fast.id, fast.attempt) == (slow.id, 2)
        assert not await settle(backend, slow)
        assert await settle(backend, fast)

    async def test_a_failed_run_is_repeated_or_given_up(self, backend: Backend) -> None:
        await plan(backend, T)
        assert await settle(backend, await held(backend), "ValueError", later(minutes=1))
        assert await claim(backend) is None
        repeated = await held(backend, later(minutes=1))
        assert repeated.attempt == 2
        assert await settle(backend, repeated, "ValueError", None)
        assert await claim(backend, later(days=1)) is None

    async def test_jobs_do_not_wait_for_each_other(self, backend: Backend) -> None:
        await plan(backend, T)
        await plan(backend, T, job=SWEEP)
        await held(backend)
        assert await claim(backend, job=SWEEP) is not None

    async def test_old_runs_are_forgotten_but_the_latest_of_a_job(self, backend: Backend) -> None:
        await plan(backend, T, later(days=1), later(days=2))
        for _ in range(3):
            await settle(backend, await held(backend))

        async def forget(limit: int) -> int:
            return await using(backend, lambda runs: runs.forget(later(days=30), limit))

        assert [await forget(1), await forget(5), await forget(5)] == [1, 1, 0]
        assert await using(backend, lambda runs: runs.last_due(NIGHTLY, later(days=2))) == later(days=2)
