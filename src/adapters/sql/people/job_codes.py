"""Job codes and the titles that mean them: repositories and readers."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, insert, select

from adapters.registry import serves
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.job_code_tables import JOB_TITLES, job_titles
from adapters.sql.people.job_code_tables import job_code_tables as tables
from adapters.sql.people.meanings import MEANINGS, SqlMeaningReader, SqlMeanings
from adapters.sql.people.tables import users
from application.people.job_codes.ports import JobCodeTables, JobTitles
from application.people.job_codes.queries import (
    JobCodeReader,
    JobCodesView,
    JobTitleReader,
    MappedTitle,
    UnmappedTitles,
)
from domain.people.job_codes import JobCodeTable

NEWEST = select(tables.c.version, tables.c.codes).order_by(tables.c.version.desc()).limit(1)


@serves(JobCodeTables)
class SqlJobCodeTables:
    """The table of job codes in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def current(self) -> JobCodeTable:
        # A code must not be removed while a title is mapped to it.
        await self._unit.hold(MEANINGS)
        row = (await (await self._unit.session()).execute(NEWEST)).one_or_none()
        return JobCodeTable(*row) if row else JobCodeTable.shipped()

    async def replace(self, change_id: UUID, table: JobCodeTable, recorded_by: UUID | None) -> None:
        session = await self._unit.session()
        values = {"id": change_id, "version": table.version, "codes": table.codes, "recorded_by": recorded_by}
        await session.execute(insert(tables).values(values))


@serves(JobTitles)
class SqlJobTitles(SqlMeanings[str]):
    """Which job codes titles mean, in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        super().__init__(unit, JOB_TITLES)

    async def ever_meant(self, codes: Collection[str]) -> frozenset[str]:
        if not codes:
            return frozenset()
        session = await self._unit.session()
        meant = select(job_titles.c.job_code).where(any_of(job_titles.c.job_code, "codes")).distinct()
        return frozenset(filter(None, await session.scalars(meant, {"codes": tuple(codes)})))

    async def holders(self, codes: Collection[str]) -> dict[str, int]:
        if not codes:
            return {}
        session = await self._unit.session()
        counted = (
            select(users.c.job_code, func.count())
            .where(users.c.is_active, any_of(users.c.job_code, "codes"))
            .group_by(users.c.job_code)
        )
        rows = await session.execute(counted, {"codes": tuple(codes)})
        return {code: count for code, count in rows if code}


@serves(JobCodeReader)
class SqlJobCodeReader:
    """Job codes, read in one statement."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def table(self) -> JobCodesView:
        rows = await self._reads.rows(NEWEST)
        return JobCodesView.of(JobCodeTable(*rows[0]) if rows else JobCodeTable.shipped())


@serves(JobTitleReader)
class SqlJobTitleReader(SqlMeaningReader[str, MappedTitle, UnmappedTitles]):
    """Which job codes titles mean, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        super().__init__(reads, JOB_TITLES, MappedTitle, UnmappedTitles.of)
