"""When facts were recorded, and the watermark: the moment up to which nothing can be recorded any more.

PostgreSQL: a row gets the database's clock within the writing transaction, which is therefore not before the beginning
of that transaction. So nothing that is not committed yet can be recorded before the oldest running transaction began.
The watermark is read in a statement of its own, before the rows: a transaction that commits in between was still
running for the first, and is visible to the second.

SQLite: there is one writer at a time, and each records later than everything that is committed, even if its clock was
set back. So the watermark is the newest moment that is committed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Select, func, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.sql.kit.schema import metadata
from adapters.sql.kit.types import Moment
from adapters.system import SystemClock
from domain.kernel.aggregate import next_moment

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The watermark while nothing is recorded."""


class clock_utc(FunctionElement[datetime]):  # noqa: N801  # reads as the SQL function it is
    """The time at which it is evaluated, by the database's clock, and not that at which the transaction began."""

    type = Moment()
    inherit_cache = True


@compiles(clock_utc, "postgresql")
def _clock_postgresql(element: clock_utc, compiler: SQLCompiler, **kw: Any) -> str:
    return "clock_timestamp()"


@compiles(clock_utc, "sqlite")
def _clock_sqlite(element: clock_utc, compiler: SQLCompiler, **kw: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


RECORDED = {"recorded": True}
"""In the `info` of a column: facts of the table count from this moment on, or do not any more, so that the watermark
covers it.
"""


def recorded_at(*, covered: bool = True) -> Column[Any]:
    """When the row was recorded. On SQLite a unit of work must give the moment: see `moment_of`.

    The watermark covers the facts of the table, unless nobody asks what was known of them at some moment.
    """
    info = RECORDED if covered else {}
    return Column("recorded_at", Moment(), nullable=False, server_default=clock_utc(), info=info)


@cache
def newest() -> Select[Any]:
    """The newest moment in all tables of facts that is visible, each found in the index on it."""
    columns = (at for table in metadata.sorted_tables for at in table.c if at.info == RECORDED)
    # As the index on moments that may be missing has it.
    each = (select(func.max(at).label("at")).where(*[at.is_not(None)] * bool(at.nullable)) for at in columns)
    found = union_all(*each).subquery()
    return select(func.max(found.c.at, type_=Moment()).label("newest"))


@cache
def clock(dialect: str) -> Select[Any]:
    """What the moment of a unit of work depends on: the clock, or the newest moment."""
    return select(clock_utc()) if dialect == "postgresql" else newest()


def moment_of(dialect: str, found: datetime | None) -> datetime:
    """When a unit records, given the result of `clock`: later than all that is committed."""
    if dialect == "postgresql" and found is not None:
        return found
    return next_moment(SystemClock().now(), found)


@cache
def read_watermark() -> Select[Any]:
    """The watermark; NULL if nothing is recorded."""
    return select(_watermark(newest().scalar_subquery()).label("watermark"))


class _watermark(FunctionElement[datetime]):  # noqa: N801
    type = Moment()
    inherit_cache = True


@compiles(_watermark, "postgresql")
def _watermark_postgresql(element: _watermark, compiler: SQLCompiler, **kw: Any) -> str:
    # Including the transaction of this statement itself: without any other, it is the present. The instant before it,
    # since at that of its beginning itself something may be recorded.
    return (
        "(SELECT min(xact_start) - interval '1 microsecond' FROM pg_catalog.pg_stat_activity "
        "WHERE datname = current_database() AND backend_type = 'client backend')"
    )


@compiles(_watermark, "sqlite")
def _watermark_sqlite(element: _watermark, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)
