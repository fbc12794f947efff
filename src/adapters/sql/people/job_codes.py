"""Job codes and the titles that mean them: tables, repository and reader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    exists,
    func,
    insert,
    select,
    update,
)

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.pages import Listing, at_most, before
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.recorded import clock_utc
from adapters.sql.kit.schema import ORDERED
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.job_code_tables import job_code_tables as tables
from adapters.sql.people.job_code_tables import job_titles as titles
from adapters.sql.people.tables import users
from application.kernel.messages import Cursor, Page
from application.people.job_codes.ports import JobCodeTables, JobTitles, job_code_of
from application.people.job_codes.queries import JobCodeReader, JobCodesView, MappedTitle, UnmappedTitle, UnmappedTitles
from domain.kernel.aggregate import next_moment
from domain.people.job_codes import JobCodeTable, TitleMapping, title_key
from domain.people.users import User

JOB_CODES = 0x5544_4A43
"""The advisory lock for changing job codes and mapping titles; any number that nothing else in the database uses."""

NEWEST = select(tables.c.version, tables.c.codes).order_by(tables.c.version.desc()).limit(1)
FACT = columns_of(TitleMapping, titles)


def code_of(key: ColumnElement[Any]) -> Any:
    """The job code that the title with this key means, as a subquery; NULL when it means none."""
    return (
        select(titles.c.job_code)
        .where(titles.c.text_key == key)
        .order_by(titles.c.recorded_at.desc())
        .limit(1)
        .scalar_subquery()
    )


MEANT = code_of(users.c.job_title_folded)
FOLLOW = (
    update(users)
    .where(users.c.job_code.is_distinct_from(MEANT))
    .values(job_code=MEANT)
    # Objects in the session have their code already: see `follow_people`.
    .execution_options(synchronize_session=False)
)


@serves(JobCodeTables)
@serves(JobTitles)
class SqlJobCodes:
    """The table of job codes and the titles in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._locks = unit.dialect == "postgresql"
        self._known: dict[str, TitleMapping | None] = {}

    async def current(self) -> JobCodeTable:
        session = await self._unit.session()
        if self._locks:
            # A code must not be removed while a title is mapped to it; SQLite serializes writers.
            await session.execute(select(func.pg_advisory_xact_lock(JOB_CODES)))
        row = (await session.execute(NEWEST)).one_or_none()
        return JobCodeTable(*row) if row else JobCodeTable.shipped()

    async def replace(self, change_id: UUID, table: JobCodeTable, recorded_by: UUID | None) -> None:
        session = await self._unit.session()
        values = {"id": change_id, "version": table.version, "codes": table.codes, "recorded_by": recorded_by}
        await session.execute(insert(tables).values(values))

    async def meaning(self, text_key: str) -> TitleMapping | None:
        if text_key not in self._known:
            session = await self._unit.session()
            if self._locks:
                # Mapping takes the same lock alone. In a statement of its own: the next one sees what was mapped
                # before.
                await session.execute(select(func.pg_advisory_xact_lock_shared(JOB_CODES)))
            newest = select(*FACT).where(titles.c.text_key == text_key).order_by(titles.c.recorded_at.desc()).limit(1)
            row = (await session.execute(newest)).one_or_none()
            self._known[text_key] = TitleMapping(*row) if row else None
        return self._known[text_key]

    async def ever_meant(self, codes: Collection[str]) -> frozenset[str]:
        if not codes:
            return frozenset()
        session = await self._unit.session()
        meant = select(titles.c.job_code).where(any_of(titles.c.job_code, "codes")).distinct()
        return frozenset(filter(None, await session.scalars(meant, {"codes": tuple(codes)})))

    async def record(
        self, mapping_id: UUID, title: str, job_code: str | None, recorded_by: UUID | None
    ) -> TitleMapping:
        session, key = await self._unit.session(), title_key(title)
        last = select(func.max(titles.c.recorded_at)).where(titles.c.text_key == key).scalar_subquery()
        now, newest = (await session.execute(select(clock_utc(), last))).one()
        recorded_at = next_moment(now, newest)
        mapping = TitleMapping(mapping_id, title, job_code, recorded_at, recorded_by)
        await session.execute(
            insert(titles).values({column.name: getattr(mapping, column.name) for column in titles.c})
        )
        self._known[key] = mapping
        return mapping

    async def follow(self, text_key: str) -> list[UUID]:
        session = await self._unit.session()
        await session.flush()
        changed = FOLLOW.where(users.c.job_title_folded == text_key).returning(users.c.id)
        return sorted(await session.scalars(changed))

    async def follow_people(self, user_ids: Sequence[UUID]) -> None:
        others = set(user_ids)
        # People who are in memory anyway are not read again, and those without a title take no statement.
        for user in self._unit.touched(User):
            if user.id in others:
                others.discard(user.id)
                job_code = await job_code_of(user.job_title, self)
                if user.job_code != job_code:
                    user.job_code = job_code
        if not others:
            return
        session = await self._unit.session()
        await session.flush()
        if self._locks:
            await session.execute(select(func.pg_advisory_xact_lock_shared(JOB_CODES)))
        await session.execute(FOLLOW.where(any_of(users.c.id, "ids")), {"ids": sorted(others)})

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


_later = titles.alias("later")
IS_NEWEST = ~exists().where(_later.c.text_key == titles.c.text_key, _later.c.recorded_at > titles.c.recorded_at)
LISTED = Listing(MappedTitle, lambda last: Cursor(last.recorded_at, last.id))


@cache
def _mapped(some: bool, after: bool) -> Select[Any]:
    statement = select(*columns_of(MappedTitle, titles)).where(
        any_of(titles.c.job_code, "codes") if some else titles.c.job_code.is_not(None), IS_NEWEST
    )
    if after:
        statement = statement.where(before(titles.c.recorded_at, titles.c.id))
    return statement.order_by(titles.c.recorded_at.desc(), titles.c.id.desc()).limit(at_most())


_key, _count = users.c.job_title_folded, func.count()
_counts: list[Any] = [
    # One of the title's spellings, the same one on every database.
    func.min(users.c.job_title.cast(ORDERED)).label("title"),
    _count.label("people"),
    func.count().over().label("titles"),
    func.sum(_count).over().label("all_people"),
]
UNMAPPED = (
    select(*_counts)
    .where(users.c.is_active, _key.is_not(None), users.c.job_code.is_(None))
    .group_by(_key)
    .order_by(_count.desc(), _key.cast(ORDERED))
    .limit(at_most())
)


@serves(JobCodeReader)
class SqlJobCodeReader:
    """Job codes and titles, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def table(self) -> JobCodesView:
        rows = await self._reads.rows(NEWEST)
        return JobCodesView.of(JobCodeTable(*rows[0]) if rows else JobCodeTable.shipped())

    async def mapped(self, codes: tuple[str, ...], after: Cursor | None, limit: int) -> Page[MappedTitle]:
        statement = _mapped(bool(codes), after is not None)
        page = await LISTED.page(self._reads, statement, after, limit, **({"codes": codes} if codes else {}))
        return page or Page([], None)

    async def unmapped(self, limit: int) -> UnmappedTitles:
        rows = await self._reads.rows(UNMAPPED, limit=limit)
        items = [UnmappedTitle(title, people) for title, people, _, _ in rows]
        return UnmappedTitles(items, *((rows[0][2], int(rows[0][3])) if rows else (0, 0)))
