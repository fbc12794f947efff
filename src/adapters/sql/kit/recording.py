"""When facts are recorded: by the database's clock, while the transaction runs and not when it began."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.sql.kit.types import Moment


class clock_now(FunctionElement[datetime]):  # noqa: N801  # reads as the SQL function it is
    """The present moment by the database's clock, later within one transaction; to the millisecond on SQLite."""

    type = Moment()
    inherit_cache = True


@compiles(clock_now, "postgresql")
def _clock_now_postgresql(element: clock_now, compiler: SQLCompiler, **kw: Any) -> str:
    return "clock_timestamp()"


@compiles(clock_now, "sqlite")
def _clock_now_sqlite(element: clock_now, compiler: SQLCompiler, **kw: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


def recorded_at() -> Column[Any]:
    """When the row was recorded."""
    return Column("recorded_at", Moment(), nullable=False, server_default=clock_now())
