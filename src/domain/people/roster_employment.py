"""Days of a roster that do not fit the employment of the person, as far as it is known."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from domain.kernel.errors import InvalidValue
from domain.people.employment import BEGINNINGS, EmploymentFact, EmploymentState, employment_on, in_order
from domain.people.facts import day_before


def require_hired(day: date, states: Collection[EmploymentFact], column: str) -> None:
    """Raises InvalidValue for a day before the day of hire that is known."""
    first = next((each for each in in_order(states) if each.state in BEGINNINGS), None)
    # Before a rehire there was an employment, whose first day is not known.
    if first and first.state is EmploymentState.HIRED and day < first.from_day:
        raise InvalidValue(
            f"is {day}, before the day of hire that is known, {first.from_day}. Correct one of the two days", column
        )


def require_at_work(day: date, states: Collection[EmploymentFact]) -> None:
    """Raises InvalidValue for an effective date on which the person is known not to work here."""
    if employment_on(day, states).is_employed:
        return
    left = max(each.from_day for each in states if each.from_day <= day)
    raise InvalidValue(
        f"is {day}, after the last day of work that is known, {day_before(left)}. Correct one of the two days",
        "effective_date",
    )
