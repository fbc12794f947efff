"""How a person stands with a requirement on a day: three axes that are never mixed, and one label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.compliance.due_days import ReliefAxis
from domain.compliance.outlook import Cycle, Outlook
from domain.kernel.days import days_later


class FulfillmentAxis(StrEnum):
    """Whether the person holds what is required."""

    MET = "met"
    UNMET = "unmet"
    """Never met."""
    LAPSED = "lapsed"
    """Met once, and no longer valid."""
    NOT_APPLICABLE = "not_applicable"
    """The person is not under the rule, or the rule is not in effect."""


class Timing(StrEnum):
    """Where the day is relative to the due day, or to the end of validity of what is met."""

    NONE = "none"
    UPCOMING = "upcoming"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    EXPIRING = "expiring"


class Label(StrEnum):
    """The standing in one word, the first that applies in this order."""

    NOT_APPLICABLE = "not_applicable"
    EXPIRING = "expiring"
    MET = "met"
    EXEMPT = "exempt"
    WAIVED = "waived"
    PAUSED = "paused"
    OVERDUE = "overdue"
    LAPSED = "lapsed"
    """No longer valid, and not due yet: relief has moved the due day."""
    DUE_SOON = "due_soon"
    UPCOMING = "upcoming"
    NO_DUE_DAY = "no_due_day"


STOPPED = (ReliefAxis.EXEMPT, ReliefAxis.WAIVED, ReliefAxis.PAUSED)
"""Relief during which nothing falls due."""
_AXES = list(ReliefAxis)


@dataclass(frozen=True, slots=True)
class Standing:
    """The standing on a day. `cycle` is the one that is open, or the one that is met.

    `due_on` is the day on which something is due next. What is waived is not met: `blocks` are the tasks that the
    person may not do now.
    """

    fulfillment: FulfillmentAxis
    timing: Timing = Timing.NONE
    relief: ReliefAxis = ReliefAxis.NONE
    cycle: Cycle | None = None
    due_on: date | None = None
    blocks: tuple[str, ...] = ()

    @property
    def label(self) -> Label:
        """The one word for lists."""
        return label_of(self.fulfillment, self.timing, self.relief)


def label_of(fulfillment: FulfillmentAxis, timing: Timing, relief: ReliefAxis) -> Label:
    """The label of these axes, by a fixed precedence."""
    if fulfillment is FulfillmentAxis.NOT_APPLICABLE:
        return Label.NOT_APPLICABLE
    if fulfillment is FulfillmentAxis.MET:
        return Label.EXPIRING if timing is Timing.EXPIRING else Label.MET
    if relief in STOPPED:
        return Label(relief.value)
    if timing is Timing.OVERDUE:
        return Label.OVERDUE
    if fulfillment is FulfillmentAxis.LAPSED:
        return Label.LAPSED
    return Label.NO_DUE_DAY if timing in (Timing.NONE, Timing.EXPIRING) else Label(timing.value)


def standing_in(outlook: Outlook, day: date) -> Standing:
    """The standing on this day by an outlook, if no fact begins between its day and this one."""
    if not outlook.is_under(day):
        return Standing(FulfillmentAxis.NOT_APPLICABLE)
    begun = [each for each in outlook.cycles if each.opened_on <= day]
    met = [each for each in begun if each.met_on is not None and each.met_on <= day]
    open_one = next((each for each in begun if each.is_open_on(day)), None)
    valid = max(
        (each for each in met if each.valid_until is None or each.valid_until >= day),
        key=lambda each: each.valid_until or date.max,
        default=None,
    )
    if valid is not None:
        timing = Timing.EXPIRING if _is_near(valid.valid_until, day, valid) else Timing.NONE
        due_on = valid.valid_until if open_one is None else open_one.due_on
        return Standing(FulfillmentAxis.MET, timing, _relief(open_one, day), open_one or valid, due_on)
    relief = _relief(open_one, day)
    cycle = open_one or (begun[-1] if begun else None)
    due_on = None if cycle is None else cycle.due_on
    return Standing(
        fulfillment=FulfillmentAxis.LAPSED if met else FulfillmentAxis.UNMET,
        timing=Timing.NONE if relief in STOPPED else _timing(due_on, day, cycle),
        relief=relief,
        cycle=cycle,
        due_on=due_on,
        blocks=() if cycle is None else cycle.blocks,
    )


def changes_after(outlook: Outlook, day: date) -> set[date]:
    """All days after this one on which, without any new fact, the standing or the cycles may change."""
    days: set[date] = set()
    for each in outlook.cycles:
        if each.is_past(day):
            continue
        notice = -each.notice_days
        for last in (each.due_on if each.is_open else None, each.valid_until):
            if last is not None:
                days |= {days_later(last, 1), days_later(last, notice)}
        days |= {opens for opens in (each.next_opens_on, each.initial_from) if opens is not None}
        for span in each.reliefs:
            days |= {span.from_day, *([] if span.until is None else [days_later(span.until, 1)])}
    days |= {days_later(each.until, 1) for each in outlook.times_under_rule if each.until is not None}
    return {each for each in days if each > day}


def _relief(cycle: Cycle | None, day: date) -> ReliefAxis:
    """The strongest relief that is in force for the open cycle."""
    found = [] if cycle is None else [each.axis for each in cycle.reliefs if each.covers(day)]
    return max(found, key=_AXES.index, default=ReliefAxis.NONE)


def _timing(due_on: date | None, day: date, cycle: Cycle | None) -> Timing:
    if due_on is None or cycle is None:
        return Timing.NONE
    if day > due_on:
        return Timing.OVERDUE
    return Timing.DUE_SOON if _is_near(due_on, day, cycle) else Timing.UPCOMING


def _is_near(last: date | None, day: date, cycle: Cycle) -> bool:
    return last is not None and days_later(day, cycle.notice_days) >= last
