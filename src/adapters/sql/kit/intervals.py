"""Conditions on rows that hold from a day to a day, and that were known from a moment to a moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, and_, func, literal_column, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def covers(first: ColumnElement[date], last: ColumnElement[date], day: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether the day is one of those from first to last, both included; a last day of NULL is no end."""
    return and_(first <= day, or_(last.is_(None), last >= day))


def days_from_to(first: ColumnElement[date], last: ColumnElement[date]) -> ColumnElement[Any]:
    """The range of days, for an index on PostgreSQL."""
    return func.daterange(first, last, literal_column("'[]'"))


class on_day(FunctionElement[bool]):  # noqa: N801
    """As `covers`; on PostgreSQL it is a condition of an index on `days_from_to`."""

    type = Boolean()
    inherit_cache = True


@compiles(on_day, "postgresql")
def _on_day_postgresql(element: on_day, compiler: SQLCompiler, **kw: Any) -> str:
    first, last, day = element.clauses
    return f"{compiler.process(days_from_to(first, last), **kw)} @> {compiler.process(day, **kw)}"


@compiles(on_day, "sqlite")
def _on_day_sqlite(element: on_day, compiler: SQLCompiler, **kw: Any) -> str:
    first, last, day = element.clauses
    return f"({compiler.process(covers(first, last, day), **kw)})"


def known_at(rows: FromClause, moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether the row was recorded by this moment, and not superseded by then."""
    superseded = rows.c.superseded_at
    return and_(rows.c.recorded_at <= moment, or_(superseded.is_(None), superseded > moment))
