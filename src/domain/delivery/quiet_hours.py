"""Quiet hours: when no e-mail is sent, by the clocks where the person works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.kernel.days import LocalDays

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No e-mail from `begin` to `end`, past midnight if the end is not later, and none on the `weekdays` (0 is Monday).

    Equal times are no quiet hours. Raises ValueError if every day of the week is quiet.
    """

    begin: time = time(20)
    end: time = time(7)
    weekdays: frozenset[int] = frozenset({6})

    def __post_init__(self) -> None:
        if self.weekdays >= frozenset(range(7)):
            raise ValueError("not every day of the week can be quiet")

    def allowed_from(self, moment: datetime, days: LocalDays) -> datetime:
        """This moment, or the end of the quiet hours in which it is (UTC)."""
        day = days.day_of(moment)
        while True:
            for begins, ends in self._allowed_on(day, days):
                if moment < ends and begins < ends:
                    return max(moment, begins)
            day += _DAY

    def _allowed_on(self, day: date, days: LocalDays) -> Iterator[tuple[datetime, datetime]]:
        """From when until when e-mail is sent on this day. A change of clocks makes this longer or shorter."""
        if day.weekday() in self.weekdays:
            return
        first, last = days.begin_of(day), days.begin_of(day + _DAY)
        if self.begin == self.end:
            yield first, last
        elif self.end < self.begin:
            yield days.moment_of(day, self.end), days.moment_of(day, self.begin)
        else:
            yield first, days.moment_of(day, self.begin)
            yield days.moment_of(day, self.end), last


NEVER_QUIET = QuietHours(time(0), time(0), frozenset())
