"""Refreshes and reads the reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.reads import Reads, on_replica
from adapters.sql.kit.units import SqlUnit
from adapters.sql.reporting.tables import REFRESH, participation, refreshes
from application.kernel.access import Scope
from application.reporting.ports import Reporting
from application.reporting.queries import (
    DepartmentParticipation,
    ModuleParticipation,
    Participation,
    ParticipationReader,
)

TURN = 7_238_114_055_303
"""The advisory lock for refreshing; any number that nothing else in the database uses."""
THIS = refreshes.c.report == literal(participation.name, String())
# At least one row, for the time of the refresh, which a plain view does not have.
ONE = select(literal(1).label("one")).subquery("one")
COUNTED_AT = select(refreshes.c.refreshed_at).where(THIS).scalar_subquery()


@dataclass(frozen=True, slots=True)
class _Count:
    """A row of the view; without a module when there is nothing to report."""

    module_id: UUID | None
    slug: str
    title: str
    department: str
    enrolled: int
    active: int
    counted_at: datetime | None


def _report(condition: ColumnElement[bool]) -> Select[Any]:
    columns = columns_of(_Count, participation, counted_at=COUNTED_AT)
    return on_replica(select(*columns).select_from(ONE.outerjoin(participation, condition)))


REPORT = _report(true())
SCOPED_REPORT = _report(and_(any_of(participation.c.department, "departments"), participation.c.department != ""))


@serves(Reporting)
class SqlReporting:
    """Refreshes PostgreSQL's materialized views, one after the other."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def refresh(self, now: datetime) -> None:
        if self._unit.dialect == "postgresql":
            session = await self._unit.session(long=True)
            # Transaction-level, so that it works behind poolers too.
            await session.execute(select(func.pg_advisory_xact_lock(TURN)))
            await self._refresh(session, now)

    async def refresh_if_due(self, now: datetime, *, since: datetime) -> None:
        if self._unit.dialect == "postgresql":
            session = await self._unit.session(long=True)
            if not await session.scalar(select(func.pg_try_advisory_xact_lock(TURN))):
                return
            counted_at = await session.scalar(select(COUNTED_AT))
            if counted_at is None or counted_at <= since:
                await self._refresh(session, now)

    async def _refresh(self, session: AsyncSession, now: datetime) -> None:
        # Only the owner may refresh a view; the function runs with the owner's rights.
        await session.execute(select(getattr(getattr(func, self._unit.schema or ""), REFRESH)()))
        row = insert(refreshes).values(report=participation.name, refreshed_at=now)
        await session.execute(
            row.on_conflict_do_update(
                index_elements=[refreshes.c.report], set_={"refreshed_at": row.excluded.refreshed_at}
            )
        )


@serves(ParticipationReader)
class SqlParticipationReader:
    """Participation, in one statement."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def report(self, scope: Scope) -> Participation:
        statement = REPORT if scope.everyone else SCOPED_REPORT
        found = [_Count(*row) for row in await self._reads.rows(statement, departments=scope.departments)]
        # Sorted here and not by the database, since collations differ.
        counts = sorted(found, key=lambda count: (count.slug, count.department == "", count.department))
        items = []
        for module_id, group in groupby(counts, key=lambda count: count.module_id):
            if module_id is None:
                continue
            own = list(group)
            items.append(
                ModuleParticipation(
                    module_id,
                    own[0].slug,
                    own[0].title,
                    sum(each.enrolled for each in own),
                    sum(each.active for each in own),
                    [DepartmentParticipation(each.department or None, each.enrolled, each.active) for each in own],
                )
            )
        return Participation(found[0].counted_at, items)
