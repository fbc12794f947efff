"""Laws that hold for every rule and every person, on random ones."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, product
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.cycles import cycles, history
from domain.compliance.due_days import ReliefAxis
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
from domain.compliance.standing import (
    STOPPED,
    FulfillmentAxis,
    Label,
    Timing,
    label_of,
    next_change,
    standing,
    standing_in,
)
from kit.compliance import COURSES, after, card, course, hours, rule
from kit.examples import uid
from kit.random_examples import times

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
    category=st.sampled_from([None, "bls"]),
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


@given(cases())
def test_the_history_says_for_each_day_what_is_said_of_that_day(case: Case) -> None:
    outlooks = history(case, BEGIN + timedelta(days=1_600))
    days = [each.day for each in outlooks]
    assert days == sorted(days)
    for day in sampled(case):
        of_that_day = [each for each in outlooks if each.day <= day][-1:]
        assert [each.cycles for each in of_that_day] in ([cycles(case, day).cycles], [] if day < min(days) else None)


SEVERAL = ("versions", "proofs", "reliefs", "material_versions")
SEVERAL_FACTS = ("under_rule", "hires", "leaves", "positions", "dates", "tasks")


@times(2)
@given(cases(changes=(RunningCycles.TAKE, RunningCycles.KEEP)), PRINTED)
def test_another_record_never_makes_unmet_what_was_met(case: Case, proof: Proof) -> None:
    """Where the next cycle takes a new rule, another record may begin that cycle sooner: this is left out here."""
    more = replace(case, proofs=(*case.proofs, replace(proof, id=uid(10_000))))
    for day in sampled(case):
        if standing(case, day).fulfillment is FulfillmentAxis.MET:
            assert standing(more, day).fulfillment is FulfillmentAxis.MET, day


@given(cases(), PRINTED)
def test_voiding_what_was_added_restores_what_was(case: Case, proof: Proof) -> None:
    more = replace(case, proofs=(*case.proofs, replace(proof, id=uid(10_000), voided=True)))
    for day in sampled(case):
        assert cycles(more, day) == cycles(case, day)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_arrive_does_not_matter(case: Case, random: Random) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    facts: dict[str, Any] = {name: shuffled(getattr(case.person, name)) for name in SEVERAL_FACTS}
    others: dict[str, Any] = {name: shuffled(getattr(case, name)) for name in SEVERAL}
    other = replace(case, person=replace(case.person, **facts), **others)
    for day in sampled(case):
        assert cycles(other, day) == cycles(case, day)


@given(cases())
def test_what_was_true_on_a_day_does_not_depend_on_what_begins_later(case: Case) -> None:
    for day in sampled(case):
        by_then = replace(
            case,
            versions=tuple(each for each in case.versions if each.effective_on <= day),
            proofs=tuple(each for each in case.proofs if each.day <= day),
            reliefs=tuple(each for each in case.reliefs if each.from_day <= day),
            material_versions=tuple(each for each in case.material_versions if each.published_on <= day),
            person=replace(
                case.person.by(day),
                under_rule=tuple(each for each in case.person.under_rule if each.from_day <= day),
                leaves=tuple(each for each in case.person.leaves if each.from_day <= day),
            ),
        )
        assert cycles(by_then, day).cycles == cycles(case, day).cycles


@given(cases())
def test_between_the_days_that_are_foretold_nothing_changes(case: Case) -> None:
    turns = turning_days(case)
    for day in sampled(case):
        outlook = cycles(case, day)
        turn = next_change(outlook, day)
        until = min([*(each for each in turns if each > day), turn or date(2104, 1, 1)]) - timedelta(days=1)
        if until > day:
            assert standing_in(outlook, until).label == standing(case, until).label == standing_in(outlook, day).label
            assert len(cycles(case, until).cycles) == len(outlook.cycles)


@given(cases(changes=()))
def test_no_training_is_valid_longer_than_the_longest_interval(case: Case) -> None:
    most = case.versions[0].terms.guards.max_interval_days
    days = {each.id: each.day for each in (*case.proofs,)} | {each.id: each.from_day for each in case.reliefs}
    for day in sampled(case):
        for cycle in cycles(case, day).cycles:
            if most is not None and cycle.met_on is not None:
                oldest = min(days[each] for each in cycle.met_by)
                assert cycle.valid_until is not None
                assert cycle.valid_until <= oldest + timedelta(days=most)


def shifted(value: Any) -> Any:
    """The same a year later."""
    if isinstance(value, date) and not hasattr(value, "hour"):
        return value + timedelta(days=365)
    if isinstance(value, tuple):
        some = [shifted(each) for each in value]
        return type(value)(*some) if hasattr(value, "_fields") else tuple(some)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: shifted(getattr(value, each.name)) for each in fields(value) if each.init})
    return value


@given(cases())
def test_everything_a_year_later_is_due_a_year_later(case: Case) -> None:
    later = shifted(case)
    for day in sampled(case):
        assert cycles(later, day + timedelta(days=365)) == shifted(cycles(case, day))


@given(cases())
def test_cycles_follow_each_other(case: Case) -> None:
    for day in sampled(case):
        found = cycles(case, day).cycles
        assert [each.number for each in found] == list(range(1, len(found) + 1))
        assert all(each.opened_on <= day for each in found)
        assert all(earlier.opened_on <= later.opened_on for earlier, later in pairwise(found))
        assert not any(each.is_open for each in found[:-1])


@given(cases())
def test_each_standing_has_one_label_and_what_is_waived_is_not_met(case: Case) -> None:
    for day in sampled(case):
        found = standing(case, day)
        assert isinstance(found.label, Label)
        assert (found.fulfillment is FulfillmentAxis.MET) == (found.label in (Label.MET, Label.EXPIRING))
        assert (found.fulfillment is FulfillmentAxis.NOT_APPLICABLE) == (found.label is Label.NOT_APPLICABLE)
        assert found.label is not Label.OVERDUE or (found.due_on is not None and found.due_on < day)
        assert found.relief not in STOPPED or found.timing not in (Timing.OVERDUE, Timing.DUE_SOON, Timing.UPCOMING)


def test_every_combination_of_the_axes_has_a_label() -> None:
    labels = {axes: label_of(*axes) for axes in product(FulfillmentAxis, Timing, ReliefAxis)}
    assert set(labels.values()) == set(Label)
    met = {Label.MET, Label.EXPIRING}
    assert {label for (fulfillment, _, _), label in labels.items() if fulfillment is FulfillmentAxis.MET} == met
    assert not met & {label for (fulfillment, _, _), label in labels.items() if fulfillment is not FulfillmentAxis.MET}
