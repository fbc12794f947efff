"""Random requirements and people, for laws that hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from domain.compliance.facts import (
    Case,
    Cause,
    GrantedRelief,
    MaterialVersion,
    PersonFacts,
    Proof,
    Reopens,
    Span,
    UnderRule,
)
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.requirement import RequirementVersion, RunningCycles
from domain.compliance.rule_book import turning_days
from domain.compliance.schedule import (
    AfterCompletion,
    AtPeriodEnd,
    BeforeTask,
    EachPeriod,
    FromExpiry,
    Never,
    OnDay,
    OnPersonDate,
    PersonPeriods,
)
from kit.compliance import COURSES, after, card, course, hours, rule
from kit.examples import uid

BEGIN = date(2097, 1, 1)
"""From here to February 2104 there is no February 29, since 2100 is no leap year."""
DAYS = st.integers(0, 1_000).map(lambda number: BEGIN + timedelta(days=number))

FULFILMENTS = st.sampled_from(
    [
        course("A"),
        course("A", "B"),
        course("A", "B", spread=0),
        course("A", "B", needs="any"),
        course("A", renewal=("B",)),
        course("A", "B", renewal=("C",)),
        card(),
    ]
)
REPEATS = st.sampled_from(
    [
        Never(),
        AfterCompletion(12),
        AfterCompletion(3, 20),
        FromExpiry(12, 60),
        FromExpiry(6, 30),
        EachPeriod(date(2097, 1, 1)),
        EachPeriod(date(2090, 7, 1), 6),
        PersonPeriods("license_expires", 12),
    ]
)
FIRST = st.sampled_from(
    [
        *(after("hire", 30), after("position", 10), after("effective", 60), after("sign_in", 7)),
        *(OnDay(date(2098, 1, 1)), OnPersonDate("license_expires"), BeforeTask("take_radiographs")),
    ]
)


@st.composite
def versions(draw: st.DrawFn, number: int, running: st.SearchStrategy[RunningCycles]) -> RequirementVersion:
    repeats = draw(REPEATS)
    in_hours = isinstance(repeats, (Never, EachPeriod)) and draw(st.booleans())
    made = rule(
        hours("4", live=draw(st.sampled_from([None, Decimal(2)]))) if in_hours else draw(FULFILMENTS),
        first=AtPeriodEnd() if in_hours and isinstance(repeats, EachPeriod) else draw(FIRST),
        repeats=repeats,
        max_interval_days=None if in_hours else draw(st.sampled_from([None, 365, 200])),
        minimum_active_months=draw(st.sampled_from([None, 2])),
        lapse_limit_days=draw(st.sampled_from([None, 0, 60])),
        prior_credit_days=draw(st.sampled_from([None, 0, 100])),
        discovery_days=draw(st.sampled_from([None, 14])),
        extension_days=draw(st.sampled_from([None, 40])),
        days_after_leave=draw(st.sampled_from([None, 14])),
        waiver=draw(st.booleans()),
        medical=draw(st.booleans()),
        equivalent=draw(st.booleans()),
        blocks=("take_radiographs",),
    )
    since = BEGIN if number == 1 else draw(DAYS)
    how = draw(running)
    return replace(made, number=number, effective_on=since, running=how, transition_days=draw(st.sampled_from([0, 30])))


def spans(cls: Any, **more: Any) -> st.SearchStrategy[Any]:
    lengths = st.none() | st.integers(0, 400)
    return st.builds(
        lambda first, length, extra: cls(first, None if length is None else first + timedelta(days=length), **extra),
        DAYS,
        lengths,
        st.fixed_dictionaries(more),
    )


PROOFS = st.builds(
    Proof,
    id=st.integers(1_000, 9_999).map(uid),
    day=DAYS,
    module_id=st.sampled_from([COURSES[name] for name in "ABC"]),
    version_number=st.sampled_from([None, 1, 2]),
    credential=st.sampled_from([None, "bls"]),
    hours=st.sampled_from([None, Decimal("1.5"), Decimal(4)]),
    categories=st.sampled_from([(), ("bls",), ("other", "bls")]),
    live=st.booleans(),
)
PRINTED = st.builds(
    lambda proof, length: replace(proof, printed_until=length and proof.day + timedelta(days=length)),
    PROOFS,
    st.sampled_from([None, 300, 800]),
)
PEOPLE = st.builds(
    PersonFacts,
    under_rule=st.lists(
        spans(
            UnderRule,
            cause=st.sampled_from([Cause("hygienist"), Cause("Texas", uid(7))]),
            known_on=st.none() | DAYS,
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    hires=st.lists(DAYS, max_size=3).map(tuple),
    leaves=st.lists(spans(Span), max_size=3).map(tuple),
    positions=st.lists(st.tuples(st.just(uid(7)), DAYS), max_size=2).map(tuple),
    dates=st.lists(st.tuples(st.just("license_expires"), DAYS), max_size=2).map(tuple),
    signed_in_on=st.none() | DAYS,
    tasks=st.lists(st.tuples(st.just("take_radiographs"), DAYS), max_size=2).map(tuple),
)
RELIEFS = spans(GrantedRelief, id=st.integers(1, 99).map(uid), kind=st.sampled_from(list(ReliefKind)))
MATERIAL = st.builds(
    lambda day, length, reopens: MaterialVersion(COURSES["A"], 2, day, reopens, day + timedelta(days=length)),
    DAYS,
    st.integers(0, 90),
    st.sampled_from(list(Reopens)),
)


@st.composite
def cases(draw: st.DrawFn, *, changes: tuple[RunningCycles, ...] = tuple(RunningCycles)) -> Case:
    first = draw(versions(1, st.just(RunningCycles.NEXT)))
    more = draw(st.lists(versions(2, st.sampled_from(changes)), max_size=1)) if changes else []
    return Case(
        versions=(first, *more),
        person=draw(PEOPLE),
        proofs=tuple(draw(st.lists(PRINTED, max_size=7, unique_by=lambda each: each.id))),
        reliefs=tuple(draw(st.lists(RELIEFS, max_size=2, unique_by=lambda each: each.id))),
        material_versions=tuple(draw(st.lists(MATERIAL, max_size=1))),
    )


def sampled(case: Case) -> list[date]:
    """Days on which something may change, those around them, and some in between."""
    days = {day + timedelta(days=more) for day in turning_days(case) for more in (-1, 0, 1)}
    return sorted({*days, *(BEGIN + timedelta(days=number) for number in range(0, 1_600, 97))})
