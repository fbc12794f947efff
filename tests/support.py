"""A clock and ids that tests can foretell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FixedClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let this much time pass."""
        self._now += by


class CountingIds:
    """Ids that count up from 1, each of version 7."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> UUID:
        self._count += 1
        return UUID(f"00000000-0000-7000-9000-{self._count:012d}")
