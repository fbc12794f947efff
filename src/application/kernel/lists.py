"""What queries of lists have in common: orders, and days from and to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from application.kernel.messages import Cursor
from application.kernel.ports import Calendar
from domain.kernel.errors import InvalidValue

MOST_IDS = 100
"""The most ids that a list takes at once."""


class Sort(StrEnum):
    """The orders of a list by the names of their fields, a hyphen first for descending. The first is the list's own."""

    @property
    def name_in_cursors(self) -> str | None:
        """The name; None for the list's own order."""
        return None if self is next(iter(type(self))) else self.value

    @property
    def descending(self) -> bool:
        return self.value.startswith("-")

    @property
    def field(self) -> str:
        """What the list is sorted by."""
        return self.value.removeprefix("-")


def require_cursor_of(sort: Sort, cursor: Cursor | None) -> None:
    """Raises InvalidValue for a cursor of another order."""
    if cursor is None or cursor.sort == sort.name_in_cursors:
        return
    allowed = [each.value for each in type(sort)]
    own = allowed[0] if cursor.sort is None else cursor.sort
    if own in allowed:
        raise InvalidValue(f"is of a list with sort={own}, and cannot be used with sort={sort.value}", "cursor")
    raise InvalidValue(f"is of another list; here sort is one of {', '.join(allowed)}", "cursor")


def require_order(**days: date | None) -> None:
    """Raises InvalidValue if the second of these two days is before the first."""
    (first, begins), (last, ends) = days.items()
    if begins is not None and ends is not None and ends < begins:
        raise InvalidValue(f"must not be before {first}", last)


def after_day_before(day: date | None, calendar: Calendar) -> datetime | None:
    """The last moment before the day."""
    return None if day is None else calendar.end_of(day - timedelta(days=1))


def end_of(day: date | None, calendar: Calendar) -> datetime | None:
    """The last moment of the day."""
    return None if day is None else calendar.end_of(day)
