"""Job codes and the titles that mean them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows
from adapters.memory.people.meanings import MemoryMeaningReader, MemoryMeanings, TextKind
from adapters.registry import serves
from application.people.job_codes.ports import JobCodeTables, JobTitles
from application.people.job_codes.queries import (
    JobCodeReader,
    JobCodesView,
    JobTitleReader,
    MappedTitle,
    UnmappedTitles,
)
from domain.kernel.errors import StaleVersion
from domain.people.job_codes import JobCodeTable

JOB_CODE_TABLES = MemoryTable[UUID, JobCodeTable]("job_code_tables")
JOB_TITLES = TextKind[str]("job_titles", "job_title", "job_code")


def _current(tables: Rows[UUID, JobCodeTable]) -> JobCodeTable:
    return max(tables.rows(), key=lambda table: table.version, default=JobCodeTable.shipped())


@serves(JobCodeTables)
class MemoryJobCodeTables:
    """Implements application.people.job_codes.ports.JobCodeTables."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._tables = unit.draft(JOB_CODE_TABLES)

    async def current(self) -> JobCodeTable:
        return _current(self._tables)

    async def replace(self, change_id: UUID, table: JobCodeTable, recorded_by: UUID | None) -> None:
        if any(each.version == table.version for each in self._tables.rows()):
            raise StaleVersion
        self._tables.put(change_id, table)


@serves(JobTitles)
class MemoryJobTitles(MemoryMeanings[str]):
    """Implements application.people.job_codes.ports.JobTitles."""

    def __init__(self, unit: MemoryUnit) -> None:
        super().__init__(unit, JOB_TITLES)

    async def ever_meant(self, codes: Collection[str]) -> frozenset[str]:
        return frozenset(each.target for each in self._facts.rows() if each.target and each.target in codes)

    async def holders(self, codes: Collection[str]) -> dict[str, int]:
        active = (each.job_code for each in self._users.rows() if each.is_active)
        return dict(Counter(code for code in active if code and code in codes))


@serves(JobCodeReader)
class MemoryJobCodeReader:
    """Implements application.people.job_codes.queries.JobCodeReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.table(JOB_CODE_TABLES)

    async def table(self) -> JobCodesView:
        return JobCodesView.of(_current(self._tables))


@serves(JobTitleReader)
class MemoryJobTitleReader(MemoryMeaningReader[str, MappedTitle, UnmappedTitles]):
    """Implements application.people.job_codes.queries.JobTitleReader."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store, JOB_TITLES, MappedTitle, UnmappedTitles.of)
