"""When a cycle is due: by the rule, and what relief makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.compliance.facts import Case, GrantedRelief, PersonFacts, Span, UnderRule, in_order
from domain.compliance.periods import Periods
from domain.compliance.permitted_relief import ReliefKind, ReliefPermitted
from domain.compliance.requirement import RequirementVersion
from domain.compliance.schedule import Anchor, AtPeriodEnd, BeforeTask, DaysAfter, OnDay, OnPersonDate
from domain.kernel.days import days_later


class ExceptionKind(StrEnum):
    """What a person must look at, since a rule alone does not decide it."""

    NO_HIRE_DAY = "no_hire_day"
    NO_SIGN_IN = "no_sign_in"
    NO_PERSON_DATE = "no_person_date"
    DUE_BEFORE_OPENING = "due_before_opening"
    """The due day had passed when the cycle opened."""
    CONTRADICTING_VERSIONS = "contradicting_versions"
    """Two approved versions take effect on one day. The one with the higher number counts."""
    RELIEF_NOT_PERMITTED = "relief_not_permitted"
    RELIEF_BEYOND_LIMIT = "relief_beyond_limit"
    """An extension is longer than the rule permits. It is shortened."""
    EVIDENCE_INCOMPLETE = "evidence_incomplete"
    """A record lacks a field that the citation asks for, so that it counts for nothing."""


@dataclass(frozen=True, slots=True)
class ListedException:
    """An exception with the day since which it holds, and what it concerns: the name of a date, a relief, or the name
    of a field that the record or credential `proof_id` lacks.
    """

    kind: ExceptionKind
    day: date
    name: str = ""
    relief_id: UUID | None = None
    proof_id: UUID | None = None


class DueBy(StrEnum):
    """What the due day follows from."""

    RULE = "rule"
    DISCOVERY = "discovery"
    """It was known too late that the person is under the rule."""
    TRANSITION = "transition"
    """A new version of the rule, or of a module, gives time or takes it."""
    LEAVE = "leave"
    WAIVER = "waiver"
    """A waiver, or an exemption on medical grounds, that ends."""
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class Due:
    """A due day; None while the day from which it is counted is not known. `unextended` is the day without any
    extension, where one has moved it.
    """

    day: date | None
    by: DueBy = DueBy.RULE
    exceptions: tuple[ListedException, ...] = ()
    unextended: date | None = None


class ReliefAxis(StrEnum):
    """The relief in force on a day, the strongest last."""

    NONE = "none"
    DELAYED = "delayed"
    EXTENDED = "extended"
    PAUSED = "paused"
    WAIVED = "waived"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class ReliefSpan(Span):
    """Days on which relief is in force."""

    axis: ReliefAxis = ReliefAxis.NONE


def first_due(
    version: RequirementVersion, person: PersonFacts, under: UnderRule, opened_on: date, periods: Periods | None
) -> Due:
    """When the first cycle is due that opens on this day. It may be before: then it is an exception."""
    match version.terms.first_due:
        case DaysAfter(anchor=anchor, days=days):
            begins, missing = _anchor(anchor, version, person, under, opened_on)
            due = None if begins is None else days_later(begins, days)
            return noticed(due, version, under, opened_on, missing)
        case OnDay(day=day):
            return noticed(day, version, under, opened_on)
        case OnPersonDate(name=name):
            found = person.date_of(name)
            missing = ListedException(ExceptionKind.NO_PERSON_DATE, opened_on, name)
            return noticed(found, version, under, opened_on, missing)
        case BeforeTask(task=task):
            first = person.first_day_of_task(task)
            return noticed(None if first is None else days_later(first, -1), version, under, opened_on)
        case AtPeriodEnd():
            missing = ListedException(
                ExceptionKind.NO_PERSON_DATE, opened_on, getattr(version.terms.repeats, "name", "")
            )
            last = None if periods is None else periods.of(opened_on).last
            return noticed(last, version, under, opened_on, missing)


def noticed(
    due: date | None,
    version: RequirementVersion,
    under: UnderRule,
    opened_on: date,
    missing: ListedException | None = None,
) -> Due:
    """The due day of a cycle that opens on this day for somebody who was not under the rule before.

    It is later if it had passed when the cycle opened, or if it became known too late that the person is under the
    rule, and the rule gives days from discovery. `missing` is listed if there is no due day.
    """
    if due is None:
        return Due(None, exceptions=() if missing is None else (missing,))
    known_on = max(opened_on, under.known_on or opened_on)
    passed = (ListedException(ExceptionKind.DUE_BEFORE_OPENING, opened_on),) if due < opened_on else ()
    days = version.terms.guards.discovery_days
    if days is not None and (passed or known_on > opened_on) and days_later(known_on, days) > due:
        return Due(days_later(known_on, days), DueBy.DISCOVERY, passed)
    return Due(due, DueBy.RULE, passed)


def _anchor(
    anchor: Anchor, version: RequirementVersion, person: PersonFacts, under: UnderRule, opened_on: date
) -> tuple[date | None, ListedException | None]:
    match anchor:
        case Anchor.HIRE:
            return person.hired_on(opened_on), ListedException(ExceptionKind.NO_HIRE_DAY, opened_on)
        case Anchor.POSITION:
            position = under.cause.position_id
            began = None if position is None else person.first_day_in(position)
            return began or under.from_day, None
        case Anchor.EFFECTIVE:
            return max(version.effective_on, opened_on), None
    return person.signed_in_on, ListedException(ExceptionKind.NO_SIGN_IN, opened_on)


def relieved(
    due: Due,
    case: Case,
    permitted: ReliefPermitted,
    extensions: Iterable[GrantedRelief],
    opened_on: date,
    until: date,
) -> tuple[Due, tuple[ReliefSpan, ...]]:
    """The due day of a cycle after the relief that had begun by `until`, and the days on which each is in force."""
    spans: list[ReliefSpan] = []
    exceptions = list(due.exceptions)
    for pause, by, axis, more in _pauses(case, permitted, until):
        spans.append(ReliefSpan(pause.from_day, pause.until, axis))
        if due.day is not None and pause.until is not None and pause.from_day <= due.day:
            ends = days_later(pause.until, more)
            due = Due(ends, by) if ends > due.day else due
    by_then = [each for each in in_order(case.reliefs) if each.from_day <= until]
    spans += [
        ReliefSpan(each.from_day, each.until, ReliefAxis.DELAYED)
        for each in by_then
        if each.kind is ReliefKind.DELAY and permitted.delay
    ]
    exceptions += [
        ListedException(ExceptionKind.RELIEF_NOT_PERMITTED, each.from_day, each.kind, each.id)
        for each in by_then
        if not permitted.permits(each.kind) and (each.until is None or each.until >= opened_on)
    ]
    before = due.day
    for each in extensions:
        if before is None or each.from_day > until or permitted.extension_days is None or each.until is None:
            continue
        most = days_later(before, permitted.extension_days)
        if each.until > most:
            exceptions.append(ListedException(ExceptionKind.RELIEF_BEYOND_LIMIT, each.from_day, each.kind, each.id))
        ends = min(each.until, most)
        if due.day is not None and ends > due.day:
            due = Due(ends, DueBy.EXTENSION, unextended=before)
            if ends >= each.from_day:
                spans.append(ReliefSpan(each.from_day, ends, ReliefAxis.EXTENDED))
    return replace(due, exceptions=tuple(exceptions)), tuple(spans)


def _pauses(case: Case, permitted: ReliefPermitted, until: date) -> Iterator[tuple[Span, DueBy, ReliefAxis, int]]:
    """Leaves and waivers in order of time, with the days after them on which it is due at the earliest."""
    found: list[tuple[Span, DueBy, ReliefAxis, int]] = []
    if permitted.days_after_leave is not None:
        found += [(each, DueBy.LEAVE, ReliefAxis.PAUSED, permitted.days_after_leave) for each in case.person.leaves]
    for each in case.reliefs:
        if each.kind is ReliefKind.WAIVER and permitted.waiver:
            found.append((each, DueBy.WAIVER, ReliefAxis.WAIVED, 0))
        elif each.kind is ReliefKind.MEDICAL and permitted.medical:
            found.append((each, DueBy.WAIVER, ReliefAxis.EXEMPT, 0))
    begun = (each for each in found if each[0].from_day <= until)
    return iter(sorted(begun, key=lambda each: (each[0].from_day, each[0].until or date.max, each[1])))
