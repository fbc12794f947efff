"""Whether a day is over where somebody is, as SQL. Neither database needs to know any time zone.

There are at most three days on earth at once, so that only the zones with another day than most are passed, and a
zone is only looked up for days about the present one. A contract suite compares it with the domain's `LocalDays`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Boolean, ColumnElement, Date, Text, and_, bindparam, case, func, literal_column, or_, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from application.kernel.lists import Present

HOME = bindparam("home_zone", type_=Text())
BEHIND, AHEAD = (bindparam(name, type_=Text()) for name in ("zones_behind", "zones_ahead"))
FIRST, MOST, LAST = (bindparam(name, type_=Date()) for name in ("first_day", "most_zones_day", "last_day"))
MARK = "|"


def lasts(last_day: ColumnElement[date], zone: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Whether this day has not ended in the time zone, and in the organization's where that is NULL.

    NULL is a day that never ends. The parameters come from `on`.
    """
    here: ColumnElement[str] = type_coerce(func.coalesce(zone, HOME), Text())
    among_these = names(case((last_day >= MOST, AHEAD), else_=BEHIND), here)
    # Of days that are over everywhere or nowhere the zone is not looked up.
    return or_(last_day.is_(None), last_day >= LAST, and_(last_day >= FIRST, among_these != (last_day >= MOST)))


def on(at: Present) -> dict[str, Any]:
    """The parameters of a statement that depends on which day it is."""
    # Clocks show midnight at whole minutes everywhere.
    return {"home_zone": at.home, **_days_on_earth(at.now.astimezone(UTC).replace(second=0, microsecond=0))}


class names(FunctionElement[bool]):  # noqa: N801
    """Whether the text, a list of names each between two marks, has this name."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, listed: ColumnElement[str], name: ColumnElement[str]) -> None:
        mark = literal_column(f"'{MARK}'", Text())
        super().__init__(listed, mark + name + mark)


@compiles(names, "postgresql")
def _names_postgresql(element: names, compiler: SQLCompiler, **kw: Any) -> str:
    listed, name = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(strpos({listed}, {name}) > 0)"


@compiles(names, "sqlite")
def _names_sqlite(element: names, compiler: SQLCompiler, **kw: Any) -> str:
    listed, name = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(instr({listed}, {name}) > 0)"


@cache
def _zones() -> tuple[tuple[str, ZoneInfo], ...]:
    return tuple((name, ZoneInfo(name)) for name in sorted(available_timezones()))


@lru_cache(maxsize=16)
def _days_on_earth(minute: datetime) -> dict[str, Any]:
    """The zones in which it is another day than in most, and the first and the last day that it is anywhere."""
    days = {name: minute.astimezone(zone).date() for name, zone in _zones()}
    most = Counter(days.values()).most_common(1)[0][0]
    return {
        "first_day": min(days.values()),
        "most_zones_day": most,
        "last_day": max(days.values()),
        "zones_behind": _listed(name for name, day in days.items() if day < most),
        "zones_ahead": _listed(name for name, day in days.items() if day > most),
    }


def _listed(zones: Iterable[str]) -> str:
    return f"{MARK}{MARK.join(zones)}{MARK}"
