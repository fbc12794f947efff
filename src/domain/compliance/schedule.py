"""When something is due for the first time, and how often again. All days are civil days, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from domain.kernel.errors import InvalidValue
from domain.kernel.values import Between, PlausibleDay, Tagged, Text, enforce

Days = Annotated[int, Between(0, 3_660)]
IntervalMonths = Annotated[int, Between(1, 240)]
FactName = Annotated[
    str, Text(60, pattern=r"[a-z0-9]+(_[a-z0-9]+)*", hint="must be lower-case letters, digits and single underscores")
]
"""The name of a date of a person, such as `license_expires`, or of a task, such as `take_radiographs`."""


class Anchor(StrEnum):
    """The day from which days to the first due day are counted."""

    HIRE = "hire"
    """The day of hire, or of the last rehire."""
    POSITION = "position"
    """The first day of the position that brings the person under the rule."""
    EFFECTIVE = "effective"
    """The day on which the rule takes effect for the person: its own day, or later that of coming under it."""
    SIGN_IN = "sign_in"
    """The person's first sign-in."""


@dataclass(frozen=True, slots=True)
class DaysAfter:
    """So many days after something."""

    anchor: Anchor
    days: Days
    kind: Literal["days_after"] = "days_after"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class OnDay:
    """On one day for everybody."""

    day: PlausibleDay
    kind: Literal["on_day"] = "on_day"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class OnPersonDate:
    """On a date of the person, such as the one on which a license expires."""

    name: FactName
    kind: Literal["on_person_date"] = "on_person_date"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class BeforeTask:
    """The day before the person first does a task. Nothing is due as long as no day is known."""

    task: FactName
    kind: Literal["before_task"] = "before_task"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class AtPeriodEnd:
    """At the end of the period in which the person comes under the rule."""

    kind: Literal["at_period_end"] = "at_period_end"


FirstDue = Annotated[DaysAfter | OnDay | OnPersonDate | BeforeTask | AtPeriodEnd, Tagged("kind")]


@dataclass(frozen=True, slots=True)
class Never:
    """Once."""

    kind: Literal["never"] = "never"


@dataclass(frozen=True, slots=True)
class AfterCompletion:
    """So many months after each completion. The next cycle opens `window_days` before it is due."""

    months: IntervalMonths
    window_days: Days = 90
    kind: Literal["after_completion"] = "after_completion"

    def __post_init__(self) -> None:
        enforce(self)
        _require_within(self.window_days, self.months)


@dataclass(frozen=True, slots=True)
class FromExpiry:
    """So many months after the previous expiry, for a completion at most `window_days` before it.

    Any other completion, earlier or late, counts from its own day.
    """

    months: IntervalMonths
    window_days: Days
    kind: Literal["from_expiry"] = "from_expiry"

    def __post_init__(self) -> None:
        enforce(self)
        _require_within(self.window_days, self.months)


@dataclass(frozen=True, slots=True)
class EachPeriod:
    """Once in each period of so many months. One of them begins on `first_day`, the others follow from it.

    January 1 and 12 months are the calendar year; July 1 and 12 months are July to June.
    """

    first_day: PlausibleDay
    months: IntervalMonths = 12
    kind: Literal["each_period"] = "each_period"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class PersonPeriods:
    """Once in each period of so many months. One of them ends on a date of the person, such as a license's expiry."""

    name: FactName
    months: IntervalMonths
    kind: Literal["person_periods"] = "person_periods"

    def __post_init__(self) -> None:
        enforce(self)


Repeats = Annotated[Never | AfterCompletion | FromExpiry | EachPeriod | PersonPeriods, Tagged("kind")]
CALENDAR_YEAR = EachPeriod(date(2000, 1, 1))
JULY_TO_JUNE = EachPeriod(date(2000, 7, 1))


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits that stand above the schedule.

    No training is valid for more than `max_interval_days`, even if allowed otherwise: 29 CFR 1910.1030(g)(2)(iv) says
    "within one year of the previous training". For `minimum_active_months` after a completion no new cycle opens. More
    than `lapse_limit_days` after the end of validity, the initial courses are needed again. Training from before the
    person came under the rule counts if it is not older than `prior_credit_days` then (without it: as long as it is
    valid). If it becomes known too late that somebody is under the rule, it is due `discovery_days` after that (without
    it: the due day stays).
    """

    max_interval_days: Annotated[int, Between(1, 7_320)] | None = None
    minimum_active_months: Annotated[int, Between(1, 120)] | None = None
    lapse_limit_days: Days | None = None
    prior_credit_days: Days | None = None
    discovery_days: Days | None = None

    def __post_init__(self) -> None:
        enforce(self)
        active, most = self.minimum_active_months, self.max_interval_days
        if active is not None and most is not None and active * 31 > most:
            raise InvalidValue(
                f"contradicts the guard of at most {most} days: training must be renewed before it has been active "
                f"for {active} months",
                "minimum_active_months",
            )


def _require_within(window_days: int, months: int) -> None:
    if window_days >= months * 28:
        raise InvalidValue(f"must be shorter than the interval of {months} months", "window_days")
