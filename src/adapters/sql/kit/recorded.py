"""When facts were recorded, and the watermark: the moment up to which nothing can be recorded any more.

PostgreSQL: a row gets the database's clock within the writing transaction, which is therefore not before the beginning
of that transaction. So nothing that is not committed yet can be recorded before the oldest running transaction began.
The watermark is read in a statement of its own, before the rows: a transaction that commits in between was still
running for the first, and is visible to the second.

SQLite: there is one writer at a time, and each records later than everything that is committed, whatever its clock
says. So the watermark is the newest moment that is committed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Select, Table, func, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.sql.kit.types import Moment

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


def recorded_at() -> Column[Any]:
    """When the row was recorded. On SQLite a unit of work must give the moment: see `next_moment`."""
    return Column("recorded_at", Moment(), nullable=False, server_default=clock_utc())


def newest(*tables: Table) -> Select[Any]:
    """The newest moment in these tables that is visible, each found in the index on it."""
    found = union_all(*(select(func.max(table.c.recorded_at).label("at")) for table in tables)).subquery()
    return select(func.max(found.c.at, type_=Moment()).label("newest"))


class watermark(FunctionElement[datetime]):  # noqa: N801
    """The watermark of these tables; NULL if nothing is recorded in them."""

    type = Moment()
    inherit_cache = True

    def __init__(self, *tables: Table) -> None:
        super().__init__(newest(*tables).scalar_subquery())


@compiles(watermark, "postgresql")
def _watermark_postgresql(element: watermark, compiler: SQLCompiler, **kw: Any) -> str:
    # Including the transaction of this statement itself: without any other, it is the present. The instant before it,
    # since at that of its beginning itself something may be recorded.
    return (
        "(SELECT min(xact_start) - interval '1 microsecond' FROM pg_catalog.pg_stat_activity "
        "WHERE datname = current_database() AND backend_type = 'client backend')"
    )


@compiles(watermark, "sqlite")
def _watermark_sqlite(element: watermark, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)
