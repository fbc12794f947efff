"""Runs of scheduled jobs, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.registry import serves
from application.delivery.ports import JobClaim, JobRuns


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is kept."""

    id: UUID
    job: str
    due_at: datetime
    next_attempt_at: datetime | None
    attempts: int = 0
    leased_until: datetime | None = None
    fence: int = 0
    last_error: str | None = None
    finished_at: datetime | None = None


RUNS = MemoryTable[UUID, Run]("job_runs")


@serves(JobRuns)
class MemoryJobRuns:
    """Implements application.delivery.ports.JobRuns."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._runs = unit.draft(RUNS)

    async def last_due(self, job: str, now: datetime) -> datetime | None:
        return max((run.due_at for run in self._runs.rows() if run.job == job and run.due_at <= now), default=None)

    async def plan(self, job: str, due_at: Sequence[datetime], now: datetime) -> None:
        there = {run.due_at for run in self._runs.rows() if run.job == job}
        for due in due_at:
            if due not in there:
                there.add(due)
                run = Run(uuid5(NAMESPACE_OID, f"{job} {due}"), job, due, now)
                self._runs.put(run.id, run)

    async def claim(self, job: str, now: datetime, lease: timedelta) -> JobClaim | None:
        unfinished = [run for run in self._runs.rows() if run.job == job and run.finished_at is None]
        run = min(unfinished, key=lambda run: run.due_at, default=None)
        if run is None or run.next_attempt_at is None or run.next_attempt_at > now:
            return None
        if run.leased_until is not None and run.leased_until > now:
            return None
        held = replace(run, attempts=run.attempts + 1, fence=run.fence + 1, leased_until=now + lease)
        self._runs.put(run.id, held)
        return JobClaim(run.id, job, run.due_at, held.attempts, held.fence)

    async def settle(self, claim: JobClaim, error: str | None, next_attempt_at: datetime | None, now: datetime) -> bool:
        run = self._runs.peek(claim.id)
        if run is None or run.finished_at is not None or run.fence != claim.fence:
            return False
        settled = replace(
            run,
            next_attempt_at=next_attempt_at,
            leased_until=None,
            last_error=error,
            finished_at=now if next_attempt_at is None else None,
        )
        self._runs.put(run.id, settled)
        return True

    async def forget(self, finished_before: datetime, limit: int) -> int:
        latest: dict[str, datetime] = {}
        for run in self._runs.rows():
            latest[run.job] = max(run.due_at, latest.get(run.job, run.due_at))
        old = [
            run
            for run in self._runs.rows()
            if run.finished_at is not None and run.finished_at < finished_before and run.due_at < latest[run.job]
        ]
        for run in old[:limit]:
            self._runs.remove(run.id)
        return len(old[:limit])
