"""Periods of months that follow each other, and the days on which they begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.compliance.facts import PersonFacts
from domain.compliance.schedule import EachPeriod, PersonPeriods, Repeats
from domain.kernel.days import days_later, months_later

_LAST = days_later(date.max, -1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods of so many months, one of which ends `before` days before the anchor."""

    anchor: date
    months: int
    before: int = 0

    def of(self, day: date) -> Period:
        """The period in which the day is."""
        place = ((day.year - self.anchor.year) * 12 + day.month - self.anchor.month) // self.months - 1
        while self._end(place) < min(day, _LAST):
            place += 1
        return Period(days_later(self._end(place - 1), 1), self._end(place))

    def after(self, day: date) -> Period:
        """The period after the one in which the day is."""
        return self.of(days_later(self.of(day).last, 1))

    def _end(self, place: int) -> date:
        # Months are counted from the anchor, not from the end before, so that January 31 comes back to March 31.
        return days_later(months_later(self.anchor, place * self.months), -self.before)


def periods_of(repeats: Repeats, person: PersonFacts) -> Periods | None:
    """The periods in which a requirement repeats; None if it does not, or if the date of the person is not known."""
    match repeats:
        case EachPeriod():
            return Periods(repeats.first_day, repeats.months, before=1)
        case PersonPeriods():
            day = person.date_of(repeats.name)
            return None if day is None else Periods(day, repeats.months)
    return None
