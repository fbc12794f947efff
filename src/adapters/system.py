"""The machine's clock, time zones, ids and randomness."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ZonedCalendar:
    """Days in a time zone, named as IANA does."""

    def __init__(self, zone: str = "UTC") -> None:
        """Raises zoneinfo.ZoneInfoNotFoundError."""
        self._zone = ZoneInfo(zone)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def end_of(self, day: date) -> datetime:
        # The second of two, where clocks are set back at midnight and the last hour of the day comes twice.
        end = datetime.combine(day, time.max, self._zone).replace(fold=1)
        try:
            return end.astimezone(UTC)
        except OverflowError:  # of the last day that there is, west of Greenwich
            return datetime.max.replace(tzinfo=UTC)


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): new rows land at the end of an index, and ids sort by age."""

    def new(self) -> UUID:
        return uuid7()


class SystemChance:
    """Seeds from the operating system's source of randomness."""

    def seed(self) -> int:
        return secrets.randbits(63)
