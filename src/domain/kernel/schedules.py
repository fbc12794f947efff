"""When something is due again and again: moments that follow from the calendar alone, so that every process finds the
same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from domain.kernel.days import LocalDays


@dataclass(frozen=True, slots=True)
class Due:
    """A moment at which something is due (UTC), and the day that it then is in the organization's time zone."""

    at: datetime
    day: date


class Schedule(Protocol):
    """Says when something is due."""

    def latest(self, now: datetime, days: LocalDays) -> Due:
        """The last due moment that is not after now."""

    def after(self, moment: datetime, days: LocalDays) -> Due:
        """The first due moment that is after this one."""


@dataclass(frozen=True, slots=True)
class Every:
    """Due at each multiple of the interval since 1970-01-01 00:00 UTC, independent of daylight saving time."""

    interval: timedelta

    def __post_init__(self) -> None:
        if self.interval < timedelta(seconds=1):
            raise ValueError("an interval is at least one second")

    def latest(self, now: datetime, days: LocalDays) -> Due:
        at = now - (now - _EPOCH) % self.interval
        return Due(at, days.day_of(at))

    def after(self, moment: datetime, days: LocalDays) -> Due:
        at = self.latest(moment, days).at + self.interval
        return Due(at, days.day_of(at))


@dataclass(frozen=True, slots=True)
class Daily:
    """Due once on each day of the organization, or of some weekdays (0 is Monday), at a time of its clocks.

    A time that clocks skip is counted from before the change: 02:30 is then 03:30. Of a time that comes twice the first
    is meant (RFC 5545, section 3.3.5).
    """

    at: time
    weekdays: frozenset[int] = frozenset(range(7))

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("weekdays are numbers from 0 (Monday) to 6, at least one")
        if self.at.tzinfo is not None:
            raise ValueError("the time is one of the organization's clocks, without a time zone")

    def latest(self, now: datetime, days: LocalDays) -> Due:
        # A skipped time may belong to the day before at most; a week and a day back there is always one.
        day = days.day_of(now) + _DAY
        while (due := self._on(day, days)) is None or due.at > now:
            day -= _DAY
        return due

    def after(self, moment: datetime, days: LocalDays) -> Due:
        day = days.day_of(moment) - _DAY
        while (due := self._on(day, days)) is None or due.at <= moment:
            day += _DAY
        return due

    def _on(self, day: date, days: LocalDays) -> Due | None:
        return Due(days.moment_of(day, self.at), day) if day.weekday() in self.weekdays else None


_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
