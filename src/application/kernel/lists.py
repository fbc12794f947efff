"""What queries of lists have in common: orders, and days from and to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from application.kernel.messages import Cursor
from application.kernel.ports import Calendar
from domain.kernel.days import LocalDays
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Items, ShortName, Text

SearchText = Annotated[str, Text(100)]
MOST_IDS = 100
"""The most ids that a list takes at once."""
IdList = Annotated[tuple[UUID, ...], Items(MOST_IDS)]
NameList = Annotated[tuple[ShortName, ...], Items(50)]
"""What a list is filtered by: only items with one of these."""
AFTER_ALL_DAYS = "~"
"""Sorts after every day in ISO format: for what has no due day, which comes last."""


def day_key(day: date | None) -> str:
    """What a list is sorted by whose items may have no day."""
    return AFTER_ALL_DAYS if day is None else day.isoformat()


@dataclass(frozen=True, slots=True)
class Present:
    """The present moment. Which day it is depends on where somebody is: `home` is the organization's time zone, which
    stands for a place that is not known.
    """

    now: datetime
    home: str = "UTC"

    @classmethod
    def at(cls, now: datetime, calendar: Calendar) -> Present:
        return cls(now, calendar.zone)

    def day_in(self, zone: str | None) -> date:
        """Today, where clocks show the time of this zone."""
        return LocalDays(zone or self.home).day_of(self.now)


@dataclass(frozen=True, slots=True)
class Span:
    """Times after one moment and not after another; None is without such a limit."""

    after: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of_days(cls, first: date | None, last: date | None, calendar: Calendar) -> Span:
        """The times of all days from the first to the last, both included."""
        return cls(
            None if first is None else calendar.end_of(first - timedelta(days=1)),
            None if last is None else calendar.end_of(last),
        )

    def covers(self, moment: datetime | None) -> bool:
        """Whether the moment is within the limits, which no missing one is if there are any."""
        if moment is None:
            return self == Span()
        return (self.after is None or moment > self.after) and (self.until is None or moment <= self.until)


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
