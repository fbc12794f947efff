"""Conditions on rows that hold from a day to a day, and that were known from a moment to a moment."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, and_, or_


def covers(first: ColumnElement[date], last: ColumnElement[date], day: ColumnElement[date]) -> ColumnElement[bool]:
    """Whether the day is one of those from first to last, both included; a last day of NULL is no end."""
    return and_(first <= day, or_(last.is_(None), last >= day))


def known_at(rows: FromClause, moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether the row was recorded by this moment, and not superseded by then."""
    superseded = rows.c.superseded_at
    return and_(rows.c.recorded_at <= moment, or_(superseded.is_(None), superseded > moment))
