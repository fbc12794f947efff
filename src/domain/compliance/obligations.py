"""Obligations as they stand: the standing of a person with a requirement, from a day to a day.

They are computed for all days, also for those ahead: as long as no new fact arrives, it is known when an obligation
opens, is due soon, and is overdue. So nothing has to be computed again because a day has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from operator import attrgetter
from uuid import UUID

from domain.compliance.cycles import history
from domain.compliance.due_days import DueBy, ListedException, ReliefAxis
from domain.compliance.facts import Case, Cause, Span
from domain.compliance.fulfillment import Courses
from domain.compliance.outlook import Cycle, Outlook
from domain.compliance.requirement import RequirementVersion
from domain.compliance.standing import (
    STOPPED,
    FulfillmentAxis,
    Label,
    Timing,
    changes_after,
    label_of,
    standing_in,
)
from domain.compliance.terms import Terms
from domain.kernel.days import days_later


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace(Span):
    """Where a position is on these days. `location_id` is None while it is not known which location that is."""

    position_id: UUID
    department: str | None = None
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationState(Span):
    """How a person stands with a requirement on these days, both included; `until` is None without an end.

    `cycle` and `version` are the number of the cycle and the version of its rule; `is_open` tells whether the cycle is
    still to be met. `due_on` is the day on which something is due next, and `unextended_on` the one that it would be
    without the extension of the open cycle. `met_on`, `met_by`, `valid_until` and
    `next_opens_on` are those of what was met last: `valid_until` and `next_opens_on` are None where there is no end.
    `clause` and `position_id` say why the person is under the rule, `department` and `location_id` where that position
    is. `blocks` are the tasks that the person may not do, `modules` those that the open cycle asks for and that the
    person has not completed since it opened: of a set of which any module is enough, each one.
    """

    cycle: int
    version: int
    fulfillment: FulfillmentAxis
    timing: Timing = Timing.NONE
    relief: ReliefAxis = ReliefAxis.NONE
    opened_on: date
    due_on: date | None = None
    due_by: DueBy = DueBy.RULE
    unextended_on: date | None = None
    is_open: bool = True
    asks_initial: bool = False
    met_on: date | None = None
    met_by: tuple[UUID, ...] = ()
    valid_until: date | None = None
    next_opens_on: date | None = None
    clause: str = ""
    position_id: UUID | None = None
    department: str | None = None
    location_id: UUID | None = None
    blocks: tuple[str, ...] = ()
    modules: tuple[UUID, ...] = ()
    exceptions: tuple[ListedException, ...] = ()

    @property
    def label(self) -> Label:
        """The standing in one word."""
        return label_of(self.fulfillment, self.timing, self.relief)


def obligation_states(case: Case, workplaces: Sequence[Workplace] = ()) -> tuple[ObligationState, ...]:
    """The states of the obligation, from first to last. On days that none covers, the person is not under the rule.

    `workplaces` are those of all positions of the person, at most one of a position on a day.
    """
    terms = {each.number: each for each in case.versions}
    moves = {each.from_day for each in workplaces}
    moves |= {days_later(each.until, 1) for each in workplaces if each.until is not None}
    found: list[ObligationState] = []
    for outlook, last in _outlooks(case):
        for day, until in _days(outlook, last, moves):
            state = _state(case, terms, workplaces, outlook, day, until)
            if state is None:
                continue
            before = found[-1] if found else None
            if before is not None and _continues(before, state):
                found[-1] = replace(before, until=state.until)
            else:
                found.append(state)
    return tuple(found)


def _outlooks(case: Case) -> Iterator[tuple[Outlook, date | None]]:
    """What is foreseen, each with the last day before the next fact or opening."""
    outlooks = history(case, date.max)
    for outlook, following in pairwise(outlooks):
        yield outlook, days_later(following.day, -1)
    if outlooks:
        yield outlooks[-1], None


def _days(outlook: Outlook, last: date | None, moves: Iterable[date]) -> Iterator[tuple[date, date | None]]:
    """The intervals of days on which nothing changes, and nobody's place does."""
    turns = {outlook.day, *changes_after(outlook, outlook.day), *moves}
    days = sorted(day for day in turns if outlook.day <= day and (last is None or day <= last))
    for day, following in pairwise(days):
        yield day, days_later(following, -1)
    yield days[-1], last


def _state(
    case: Case,
    versions: dict[int, RequirementVersion],
    workplaces: Sequence[Workplace],
    outlook: Outlook,
    day: date,
    until: date | None,
) -> ObligationState | None:
    standing = standing_in(outlook, day)
    cycle = standing.cycle
    if standing.fulfillment is FulfillmentAxis.NOT_APPLICABLE or cycle is None:
        return None
    held = _last_met(outlook, day)
    cause = cycle.cause if cycle.is_open_on(day) else _cause(outlook, day, cycle)
    is_open = cycle.is_open_on(day)
    terms = versions[cycle.version].terms
    where = next((each for each in workplaces if each.position_id == cause.position_id and each.covers(day)), None)
    return ObligationState(
        day,
        until,
        cycle=cycle.number,
        version=cycle.version,
        fulfillment=standing.fulfillment,
        timing=standing.timing,
        relief=standing.relief,
        opened_on=cycle.opened_on,
        due_on=standing.due_on,
        due_by=cycle.due_by,
        unextended_on=cycle.unextended_on if is_open else None,
        is_open=is_open,
        asks_initial=is_open and cycle.asks_initial_on(day),
        met_on=held.met_on if held else None,
        met_by=held.met_by if held else (),
        valid_until=held.valid_until if held else None,
        next_opens_on=held.next_opens_on if held else None,
        clause=cause.clause,
        position_id=cause.position_id,
        department=None if where is None else where.department,
        location_id=None if where is None else where.location_id,
        blocks=standing.blocks,
        modules=_still_asked(case, terms, cycle, standing.relief, day),
        exceptions=(*outlook.exceptions, *(cycle.exceptions if is_open else ())),
    )


def _last_met(outlook: Outlook, day: date) -> Cycle | None:
    met = [each for each in outlook.cycles if each.met_on is not None and each.met_on <= day]
    return max(met, key=lambda each: (each.valid_until or date.max, each.number), default=None)


def _cause(outlook: Outlook, day: date, cycle: Cycle) -> Cause:
    """Why the person is under the rule on a day on which nothing is open."""
    under = next((each for each in outlook.times_under_rule if each.covers(day)), None)
    return cycle.cause if under is None else under.cause_on(day).cause


def _still_asked(case: Case, terms: Terms, cycle: Cycle, relief: ReliefAxis, day: date) -> tuple[UUID, ...]:
    courses = terms.fulfillment
    if not cycle.is_open_on(day) or not isinstance(courses, Courses) or relief in STOPPED:
        return ()
    asked = courses.initial if cycle.asks_initial_on(day) or courses.renewal is None else courses.renewal
    done = {
        each.module_id
        for each in case.proofs
        if not each.voided and cycle.opened_on <= each.day <= day and each.has(terms.evidence_fields)
    }
    return tuple(each for each in asked.modules if each not in done)


def _continues(before: ObligationState, state: ObligationState) -> bool:
    """Whether the days follow each other, and nothing else differs."""
    if before.until is None or days_later(before.until, 1) != state.from_day:
        return False
    return bool(_WHAT(before) == _WHAT(state))


_WHAT = attrgetter(*(each.name for each in fields(ObligationState) if each.name not in ("from_day", "until")))
"""Everything of a state but its days."""
