"""Civil days: which day it is at a moment depends on where one is."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

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


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day when it is shorter.

    Negative months are earlier ones. Beyond the years 1 to 9999 it is the last or first day that there is.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    if year < MINYEAR:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_later(day: date, days: int) -> date:
    """The day so many days later, or earlier where negative; the first or last day that there is beyond these."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The civil days in a time zone: an IANA name, or an offset from UTC such as `-06:00`.

    A day is a date, however many hours it has where clocks are changed. Raises zoneinfo.ZoneInfoNotFoundError.
    """

    zone: str

    def __post_init__(self) -> None:
        _clocks(self.zone)

    def day_of(self, moment: datetime) -> date:
        """The day that it is at this moment."""
        return moment.astimezone(_clocks(self.zone)).date()

    def begin_of(self, day: date) -> datetime:
        """The first moment of the day (UTC); that of the next one, where the calendar leaves the day out."""
        if day == date.min:
            return datetime.min.replace(tzinfo=UTC)
        return self.end_of(day - timedelta(days=1)) + _INSTANT

    def end_of(self, day: date) -> datetime:
        """The last moment of the day (UTC); that of the day before, where the calendar leaves the day out."""
        # The second of two, where clocks are set back at midnight and the last hour of the day comes twice.
        end = datetime.combine(day, time.max, _clocks(self.zone)).replace(fold=1)
        try:
            return end.astimezone(UTC)
        except OverflowError:  # of the last day that there is, west of Greenwich
            return datetime.max.replace(tzinfo=UTC)

    def moment_of(self, day: date, at: time) -> datetime:
        """When clocks show this time on the day (UTC).

        A time that they skip is counted from before the change; of one that comes twice the first is meant (RFC 5545,
        section 3.3.5).
        """
        return datetime.combine(day, at, _clocks(self.zone)).replace(fold=0).astimezone(UTC)


def offset_of(moment: datetime) -> str:
    """The zone of a time of which only the offset from UTC is known, such as `-06:00`."""
    return timezone(moment.utcoffset() or timedelta()).tzname(None).removeprefix("UTC") or "+00:00"


_INSTANT = timedelta(microseconds=1)
_OFFSET = re.compile(r"[+-]\d\d:\d\d(:\d\d)?", re.ASCII)


@lru_cache(1_000)
def _clocks(zone: str) -> tzinfo:
    if _OFFSET.fullmatch(zone):
        return datetime.strptime(zone, "%z").tzinfo or UTC
    return ZoneInfo(zone)
