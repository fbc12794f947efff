"""The order of transactions: which rows no other can precede any more (decision 19)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class settled(FunctionElement[bool]):  # noqa: N801  # reads as the SQL function it is
    """Whether no transaction that is still running can commit a row with a smaller number.

    On SQLite always, since writers are serialized.
    """

    type = Boolean()
    inherit_cache = True


@compiles(settled, "postgresql")
def _settled_postgresql(element: settled, compiler: SQLCompiler, **kw: Any) -> str:
    number = compiler.process(element.clauses, **kw)
    return f"{number} < pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())"


@compiles(settled, "sqlite")
def _settled_sqlite(element: settled, compiler: SQLCompiler, **kw: Any) -> str:
    return "1 = 1"
