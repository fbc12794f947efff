"""The scheduler: lets each job run once for each of its due moments, whichever worker does it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from application.delivery.ports import JobClaim, JobRuns
from application.kernel.access import Actor
from application.kernel.ports import Calendar, Clock
from application.kernel.schedule import Job
from application.kernel.units import Unit, Units
from application.kernel.wiring import Call
from domain.delivery.retries import RetryPolicy
from domain.kernel.days import LocalDays
from domain.kernel.schedules import Due

log = logging.getLogger("unified_dental.schedule")

R = TypeVar("R")

RETRIES = RetryPolicy(tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60)))
MARGIN = timedelta(seconds=30)
"""How much longer a lease lasts than a run may take."""
RECHECK = timedelta(seconds=15)
"""How often a job is looked at that is not due: a run may have failed, or its worker died."""
MOST_MISSED = 1_000
"""Of a job that wants each missed moment, how many are caught up at once."""

Run = Callable[[Due, Actor], Awaitable[None]]


def runs_of(jobs: Iterable[Job], resolve: Callable[[type], Any]) -> Mapping[Job, Run]:
    """How to run each job. `resolve` gives objects of the application by type. Raises Miswired."""
    made: dict[Job, Run] = {}
    for job in jobs:
        order = f"the job {job.name} must begin with its due moment and the actor"
        call = Call(job.function, frozenset(), resolve, leading=("due", "actor"), order=order)
        made[job] = lambda due, actor, call=call: call(due, actor, None)  # type: ignore[misc]  # binds the present one
    return made


class Scheduler:
    """Plans runs of jobs, claims those that are due, and does them, each job in a task of its own."""

    def __init__(self, jobs: Mapping[Job, Run], units: Units, clock: Clock, calendar: Calendar) -> None:
        self._jobs = jobs
        self._units = units
        self._clock = clock
        self._days: LocalDays = calendar.at(None)
        self._look_at: dict[str, datetime] = {}

    async def once(self) -> int:
        """Do all runs that are due, one after the other; how many were done. Raises StoreUnavailable."""
        done = 0
        for job in self._jobs:
            while (claim := await self.claim(job)) is not None:
                await self.do(job, claim)
                done += 1
        return done

    async def run(self, stop: asyncio.Event, grace: float, poll: float = 1.0) -> None:
        """Work until `stop` is set. Then what was begun has `grace` seconds to end; the rest is repeated later."""
        running: dict[str, asyncio.Task[None]] = {}
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                now = self._clock.now()
                for job in self._jobs:
                    task = running.get(job.name)
                    # What is later than a recheck was planned before the clock was set back.
                    is_time = not now < self._look_at.get(job.name, now) <= now + RECHECK
                    if (task is None or task.done()) and is_time:
                        running[job.name] = asyncio.create_task(self._tend(job))
                await asyncio.wait((stopping,), timeout=poll)
        finally:
            stopping.cancel()
            if running:
                await asyncio.wait(running.values(), timeout=grace)
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    async def claim(self, job: Job) -> JobClaim | None:
        """Plan what has become due, and take a run of the job that is due. Raises StoreUnavailable."""
        now = self._clock.now()
        latest = job.schedule.latest(now, self._days).at
        lease = job.longest + MARGIN

        async def claim(unit: Unit) -> JobClaim | None:
            runs = unit.port(JobRuns)
            last = await runs.last_due(job.name, now)
            if last is None or last < latest:
                await runs.plan(job.name, self._missed(job, last, latest), now)
            while (found := await runs.claim(job.name, now, lease)) is not None:
                if job.each or found.due_at >= latest:
                    return found
                await runs.settle(found, "superseded", None, now)  # by the later moment that was missed too
            return None

        return await self._units.run(claim)

    async def do(self, job: Job, claim: JobClaim) -> bool:
        """Do the run, and keep the result; false if its lease had ended before. Raises StoreUnavailable."""
        begun = self._clock.now()
        error = await self._error(job, claim)
        now = self._clock.now()
        wait = None if error is None else RETRIES.wait(claim.attempt, 0)
        again = None if wait is None else now + wait

        async def settle(unit: Unit) -> bool:
            return await unit.port(JobRuns).settle(claim, error, again, now)

        kept = await self._units.run(settle)
        log.log(
            logging.INFO if error is None else logging.WARNING,
            "job=%s due=%s attempt=%d result=%s seconds=%.1f",
            *(job.name, claim.due_at.isoformat(), claim.attempt, error or "done", (now - begun).total_seconds()),
        )
        return kept

    def _missed(self, job: Job, last: datetime | None, latest: datetime) -> list[datetime]:
        if last is None or not job.each:
            return [latest]
        missed: list[datetime] = []
        at = last
        while len(missed) < MOST_MISSED and (at := job.schedule.after(at, self._days).at) <= latest:
            missed.append(at)
        return missed

    async def _error(self, job: Job, claim: JobClaim) -> str | None:
        """Do the run; the name of what went wrong."""
        if claim.attempt > RETRIES.attempts:
            return "interrupted"  # Each time the worker was gone before its end.
        due = Due(claim.due_at, self._days.day_of(claim.due_at))
        try:
            async with asyncio.timeout(job.longest.total_seconds()):
                await self._jobs[job](due, Actor.system())
        except TimeoutError:
            return "timeout"
        except Exception as error:
            log.exception("job=%s due=%s failed", job.name, claim.due_at.isoformat())
            return type(error).__name__[:100]
        return None

    async def _tend(self, job: Job) -> None:
        """Do what is due of the job, and say when to look at it again."""
        now = self._clock.now()
        self._look_at[job.name] = now + RECHECK
        try:
            while (claim := await self.claim(job)) is not None:
                await self.do(job, claim)
        except Exception as error:
            log.warning("job=%s was not looked at: %s", job.name, type(error).__name__)
            return
        now = self._clock.now()
        self._look_at[job.name] = min(job.schedule.after(now, self._days).at, now + RECHECK)
