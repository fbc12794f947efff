"""Runs of scheduled jobs in the unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Integer, String, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.registry import serves
from adapters.sql.delivery.deliveries import changed
from adapters.sql.delivery.tables import RUNS, job_runs
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit
from application.delivery.ports import JobClaim, JobRuns

_JOB = RUNS.job == bindparam("of_job", type_=String())
LAST = select(func.max(RUNS.due_at)).where(_JOB, RUNS.due_at <= bindparam("now", type_=Moment()))
# Locked before it is known whether it is due, so that no later run of the job is taken instead.
OPEN = (
    select(RUNS.id, RUNS.job, RUNS.due_at, RUNS.attempts, RUNS.fence, RUNS.next_attempt_at, RUNS.leased_until)
    .where(_JOB, RUNS.finished_at.is_(None))
    .order_by(RUNS.due_at)
    .limit(1)
    .with_for_update()
)
_NEWER = job_runs.alias("newer")
FINISHED = (
    select(RUNS.id)
    .where(
        RUNS.finished_at < bindparam("before", type_=Moment()),
        select(_NEWER.c.id).where(_NEWER.c.job == RUNS.job, _NEWER.c.due_at > RUNS.due_at).exists(),
    )
    .order_by(RUNS.finished_at)
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(skip_locked=True)
)


@serves(JobRuns)
class SqlJobRuns:
    """Implements application.delivery.ports.JobRuns."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def last_due(self, job: str, now: datetime) -> datetime | None:
        rows = await self._unit.fetch(LAST, of_job=job, now=now)
        last: datetime | None = rows[0][0]
        return last

    async def plan(self, job: str, due_at: Sequence[datetime], now: datetime) -> None:
        if not due_at:
            return
        rows = [{"job": job, "due_at": due, "next_attempt_at": now, "created_at": now} for due in due_at]
        insert = postgresql.insert if self._unit.dialect == "postgresql" else sqlite.insert
        session = await self._unit.session()
        await session.execute(insert(job_runs).values(rows).on_conflict_do_nothing())

    async def claim(self, job: str, now: datetime, lease: timedelta) -> JobClaim | None:
        session = await self._unit.session()
        row = (await session.execute(OPEN, {"of_job": job})).first()
        if row is None or row.next_attempt_at > now or (row.leased_until is not None and row.leased_until > now):
            return None
        claimed = update(job_runs).where(RUNS.id == row.id)
        await session.execute(claimed.values(attempts=row.attempts + 1, fence=row.fence + 1, leased_until=now + lease))
        return JobClaim(row.id, row.job, row.due_at, row.attempts + 1, row.fence + 1)

    async def settle(self, claim: JobClaim, error: str | None, next_attempt_at: datetime | None, now: datetime) -> bool:
        held = update(job_runs).where(RUNS.id == claim.id, RUNS.fence == claim.fence, RUNS.finished_at.is_(None))
        settled = held.values(
            next_attempt_at=next_attempt_at,
            leased_until=None,
            last_error=error,
            finished_at=now if next_attempt_at is None else None,
        )
        return bool(await changed(await self._unit.session(), settled))

    async def forget(self, finished_before: datetime, limit: int) -> int:
        session = await self._unit.session()
        found = list(await session.scalars(FINISHED, {"before": finished_before, "limit": limit}))
        if found:
            await session.execute(delete(job_runs).where(any_of(RUNS.id, "forgotten")), {"forgotten": found})
        return len(found)
