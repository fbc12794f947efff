"""The machine's clock, time zones, ids and randomness."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.kernel.days import LocalDays


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ZonedCalendar:
    """The days of an organization in a time zone, named as IANA does, and of people elsewhere."""

    def __init__(self, zone: str = "UTC") -> None:
        """Raises zoneinfo.ZoneInfoNotFoundError."""
        self.zone = zone
        self._home = LocalDays(zone)

    def day_of(self, moment: datetime) -> date:
        return self._home.day_of(moment)

    def end_of(self, day: date) -> datetime:
        return self._home.end_of(day)

    def at(self, zone: str | None) -> LocalDays:
        return self._home if zone is None else LocalDays(zone)


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): new rows land at the end of an index, and ids sort by age."""

    def new(self) -> UUID:
        return uuid7()


class SystemChance:
    """Seeds from the operating system's source of randomness."""

    def seed(self) -> int:
        return secrets.randbits(63)
