"""Laws that hold for every rule and every person, on random ones."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from itertools import pairwise, product
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.compliance.cycles import cycles, history
from domain.compliance.due_days import ReliefAxis
from domain.compliance.facts import (
    Case,
    Proof,
)
from domain.compliance.requirement import RunningCycles
from domain.compliance.rule_book import turning_days
from domain.compliance.standing import (
    STOPPED,
    FulfillmentAxis,
    Label,
    Timing,
    changes_after,
    label_of,
    standing_in,
)
from kit.compliance import standing
from kit.examples import uid
from kit.random_compliance import BEGIN, PRINTED, cases, sampled
from kit.random_examples import times


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
        turn = min(changes_after(outlook, day), default=date(2104, 1, 1))
        until = min([*(each for each in turns if each > day), turn]) - timedelta(days=1)
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
