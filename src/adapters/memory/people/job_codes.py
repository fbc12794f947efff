"""Job codes and the titles that mean them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Rows, newest_first
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.messages import Cursor, Page
from application.people.job_codes.ports import JobCodeTables, JobTitles
from application.people.job_codes.queries import JobCodeReader, JobCodesView, MappedTitle, UnmappedTitle, UnmappedTitles
from domain.kernel.aggregate import next_moment
from domain.kernel.errors import StaleVersion
from domain.people.job_codes import JobCodeTable, TitleMapping, title_key

JOB_CODE_TABLES = MemoryTable[UUID, JobCodeTable]("job_code_tables")
JOB_TITLES = MemoryTable[UUID, TitleMapping]("job_titles")


def code_of(mappings: Rows[UUID, TitleMapping], title: str | None) -> str | None:
    """The job code that the title means; None when it means none."""
    mapping = _newest(mappings, title_key(title)) if title else None
    return None if mapping is None else mapping.job_code


def _newest(mappings: Rows[UUID, TitleMapping], text_key: str) -> TitleMapping | None:
    found = (each for each in mappings.rows() if each.text_key == text_key)
    return max(found, key=_recorded_at, default=None)


def _recorded_at(mapping: TitleMapping) -> datetime:
    return mapping.recorded_at


def _current(tables: Rows[UUID, JobCodeTable]) -> JobCodeTable:
    return max(tables.rows(), key=lambda table: table.version, default=JobCodeTable.shipped())


@serves(JobCodeTables)
@serves(JobTitles)
class MemoryJobCodes:
    """Implements the ports of application.people.job_codes."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._tables = unit.draft(JOB_CODE_TABLES)
        self._titles = unit.draft(JOB_TITLES)
        self._users = unit.draft(USERS)
        self._now: Callable[[], datetime] = unit.now

    async def current(self) -> JobCodeTable:
        return _current(self._tables)

    async def replace(self, change_id: UUID, table: JobCodeTable, recorded_by: UUID | None) -> None:
        if any(each.version == table.version for each in self._tables.rows()):
            raise StaleVersion
        self._tables.put(change_id, table)

    async def meaning(self, text_key: str) -> TitleMapping | None:
        return _newest(self._titles, text_key)

    async def ever_meant(self, codes: Collection[str]) -> frozenset[str]:
        return frozenset(each.job_code for each in self._titles.rows() if each.job_code in codes and each.job_code)

    async def record(
        self, mapping_id: UUID, title: str, job_code: str | None, recorded_by: UUID | None
    ) -> TitleMapping:
        newest, now = _newest(self._titles, title_key(title)), self._now()
        recorded_at = next_moment(now, newest.recorded_at if newest else None)
        mapping = TitleMapping(mapping_id, title, job_code, recorded_at, recorded_by)
        self._titles.put(mapping_id, mapping)
        return mapping

    async def follow(self, text_key: str) -> list[UUID]:
        users = self._users.rows()
        having = [each.id for each in users if each.job_title and title_key(each.job_title) == text_key]
        return sorted(self._follow(having))

    async def follow_people(self, user_ids: Sequence[UUID]) -> None:
        self._follow(user_ids)

    def _follow(self, user_ids: Iterable[UUID]) -> list[UUID]:
        changed = []
        for user_id in user_ids:
            known = self._users.peek(user_id)
            if known and known.job_code != (code := code_of(self._titles, known.job_title)):
                changed.append(user_id)
                if user := self._users.load(user_id):
                    user.job_code = code
        return changed

    async def holders(self, codes: Collection[str]) -> dict[str, int]:
        active = (each.job_code for each in self._users.rows() if each.is_active)
        return dict(Counter(code for code in active if code in codes and code))


@serves(JobCodeReader)
class MemoryJobCodeReader:
    """Implements application.people.job_codes.queries.JobCodeReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.table(JOB_CODE_TABLES)
        self._titles = store.table(JOB_TITLES)
        self._users = store.table(USERS)

    async def table(self) -> JobCodesView:
        return JobCodesView.of(_current(self._tables))

    async def mapped(self, codes: tuple[str, ...], after: Cursor | None, limit: int) -> Page[MappedTitle]:
        newest = {each.text_key: each for each in sorted(self._titles.rows(), key=_recorded_at)}
        rows = [each for each in newest.values() if each.job_code and (not codes or each.job_code in codes)]
        return newest_first(rows, lambda each: (each.recorded_at, each.id), _shown, after=after, limit=limit)

    async def unmapped(self, limit: int) -> UnmappedTitles:
        titles = [each.job_title for each in self._users.rows() if each.is_active and not each.job_code]
        counted, spelled = Counter[str](), dict[str, str]()
        for title in filter(None, titles):
            key = title_key(title)
            counted[key] += 1
            spelled[key] = min(title, spelled.get(key, title))
        first = sorted(counted, key=lambda key: (-counted[key], key))[:limit]
        items = [UnmappedTitle(spelled[key], counted[key]) for key in first]
        return UnmappedTitles(items, len(counted), counted.total())


def _shown(mapping: TitleMapping) -> MappedTitle:
    code = mapping.job_code or ""
    return MappedTitle(mapping.id, mapping.title, code, mapping.recorded_at, mapping.recorded_by)
