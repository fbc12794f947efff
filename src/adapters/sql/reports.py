"""The reporting views, which the migrations make: materialized on PostgreSQL, plain on SQLite."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid, func, select

from adapters.sql.expressions import any_of
from adapters.sql.reads import Reads
from adapters.sql.units import SqlUnit
from application.access import Scope
from application.reports.queries import DepartmentParticipation, ModuleParticipation, ParticipationReport

# Not in the schema's metadata: Alembic would take a view for a missing table. No department is ''.
participation = Table(
    "module_participation",
    MetaData(),
    Column("module_id", Uuid()),
    Column("slug", String()),
    Column("title", String()),
    Column("department", String()),
    Column("enrolled", Integer()),
    Column("active", Integer()),
)
REFRESH = "refresh_reports"
"""The function that refreshes them."""
REPORT = select(participation)
SCOPED_REPORT = REPORT.where(any_of(participation.c.department, "departments"), participation.c.department != "")


class SqlReporting:
    """Refreshes what PostgreSQL materializes."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def refresh(self) -> None:
        if self._unit.dialect == "postgresql":
            session = await self._unit.session(long=True)
            # Only the owner may refresh a view, whom the function acts for.
            await session.execute(select(getattr(getattr(func, self._unit.schema or ""), REFRESH)()))


class SqlParticipationReader:
    """Participation, in one statement."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def report(self, scope: Scope) -> ParticipationReport:
        statement = REPORT if scope.everyone else SCOPED_REPORT
        found = await self._reads.rows(statement, departments=scope.departments)
        # Ordered here and not by the database, whose collations order differently.
        rows = sorted(found, key=lambda row: (row[1], row[3] == "", row[3]))
        items = []
        for (module_id, slug, title), group in groupby(rows, key=lambda row: tuple(row[:3])):
            departments = [DepartmentParticipation(row[3] or None, row[4], row[5]) for row in group]
            items.append(
                ModuleParticipation(
                    module_id,
                    slug,
                    title,
                    sum(department.enrolled for department in departments),
                    sum(department.active for department in departments),
                    departments,
                )
            )
        return ParticipationReport(items)
