"""Figures of notices, for those who run the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.delivery.notices.deciding import CountMissedReminders
from application.delivery.notices.ports import NoticeCount
from application.delivery.notices.queries import CountNotices
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.ports import Clock

REMEMBERED = timedelta(minutes=5)
"""How long figures are shown again: counting reads every open obligation that may need a reminder."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many notices there are, and how many reminders should be there and are not."""

    counts: Sequence[NoticeCount]
    missed: int


class NoticeFigures:
    """Counts notices, at most every five minutes."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._last: tuple[datetime, Figures] | None = None

    async def read(self) -> Figures:
        """The figures of now, or of the last minutes. Raises StoreUnavailable."""
        now = self._clock.now()
        if self._last is None or now - self._last[0] >= REMEMBERED:
            counts = await self._bus.ask(CountNotices(), Actor.system())
            missed = await self._bus.ask(CountMissedReminders(), Actor.system())
            self._last = now, Figures(counts, missed)
        return self._last[1]
