"""Civil days: which day it is at a moment depends on where one is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

DayOf = Callable[[datetime], date]
"""Which day it is at a moment, in one time zone."""

# Not by `%B`, which depends on the locale of the process.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def utc_day(moment: datetime) -> date:
    """The day in UTC."""
    return moment.astimezone(UTC).date()


def in_words(day: date) -> str:
    """The day as everybody reads it in the same way, such as `March 2, 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def latest_day(day: date) -> date:
    """The latest day that it is anywhere while it is this day in a zone between UTC-10 and UTC+14.

    East of there the next one may have begun. UTC-10 is Hawaii's; the two zones west of it are left out, where it may
    be a day later still in the Line Islands.
    """
    return day if day == date.max else day + timedelta(days=1)
