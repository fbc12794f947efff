"""The port of civil days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol


class Calendar(Protocol):
    """Dates without a known place, in the organization's time zone."""

    def day_of(self, moment: datetime) -> date:
        """The day that it is at this moment."""

    def end_of(self, day: date) -> datetime:
        """The last moment of the day (UTC); that of the day before, where the calendar leaves the day out."""
