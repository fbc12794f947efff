"""Obligations as they stand: intervals of days, ahead of time too."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import given

from domain.compliance.facts import Case
from domain.compliance.obligations import ObligationState, Workplace, obligation_states
from domain.compliance.schedule import AfterCompletion
from domain.compliance.standing import FulfillmentAxis
from kit.compliance import COURSES, Fact, course, day, hired, relief, retired, rule, standing, story, trained, under
from kit.examples import uid
from kit.random_compliance import cases, sampled

AUSTIN, DALLAS = uid(71), uid(72)
YEARLY = AfterCompletion(12, 60)


def states(*facts: Fact, workplaces: tuple[Workplace, ...] = (), **terms: Any) -> tuple[ObligationState, ...]:
    return obligation_states(story(rule(**terms), *facts), workplaces)


def shown(found: tuple[ObligationState, ...]) -> list[str]:
    return [f"{each.from_day} to {each.until}: {each.label}, due {each.due_on}" for each in found]


def test_without_further_facts_it_is_known_when_it_will_be_overdue() -> None:
    assert shown(states(hired("2026-03-02"), notice_days=10)) == [
        "2026-03-02 to 2026-03-21: upcoming, due 2026-04-01",
        "2026-03-22 to 2026-04-01: due_soon, due 2026-04-01",
        "2026-04-02 to None: overdue, due 2026-04-01",
    ]


def test_what_is_met_expires_and_is_overdue_a_year_later() -> None:
    assert shown(states(hired("2026-03-02"), trained("2026-03-10"), repeats=YEARLY, notice_days=30)) == [
        "2026-03-02 to 2026-03-09: due_soon, due 2026-04-01",
        "2026-03-10 to 2027-01-08: met, due 2027-03-10",
        "2027-01-09 to 2027-02-07: met, due 2027-03-10",
        "2027-02-08 to 2027-03-10: expiring, due 2027-03-10",
        "2027-03-11 to None: overdue, due 2027-03-10",
    ]


def test_the_record_that_met_it_stays_with_it_until_the_next_one() -> None:
    found = states(hired("2026-03-02"), trained("2026-03-10"), repeats=YEARLY)
    assert [(each.is_open, each.met_on, each.met_by) for each in found[1:]] == [
        (False, day("2026-03-10"), (uid(1_001),)),
        *[(True, day("2026-03-10"), (uid(1_001),))] * 3,
    ]


def test_there_is_nothing_while_the_person_is_not_under_the_rule() -> None:
    found = states(under("2026-03-02", "2026-03-31"), under("2026-06-01"), notice_days=0)
    assert not any(each.covers(day("2026-04-15")) for each in found)
    assert states(hired("2026-03-02"), retired("2026-03-02")) == ()


def test_it_belongs_to_the_place_of_the_position_on_each_day() -> None:
    moves = (
        Workplace(day("2026-03-02"), day("2026-03-31"), position_id=uid(7), department="Lab", location_id=AUSTIN),
        Workplace(day("2026-04-01"), None, position_id=uid(7), department="Lab", location_id=DALLAS),
        Workplace(day("2026-03-02"), None, position_id=uid(8), department="Front Desk", location_id=DALLAS),
    )
    found = states(under("2026-03-02", position=7), workplaces=moves)
    places = {(str(each.from_day), each.department, each.location_id) for each in found}
    assert ("2026-03-02", "Lab", AUSTIN) in places
    assert ("2026-04-01", "Lab", DALLAS) in places
    assert {each.department for each in found} == {"Lab"}


def test_what_has_been_completed_of_a_set_is_not_asked_for_again() -> None:
    found = states(hired("2026-03-02"), trained("2026-03-10", "A"), fulfillment=course("A", "B"))
    asked = {str(each.from_day): each.modules for each in found}
    assert asked["2026-03-02"] == (COURSES["A"], COURSES["B"])
    assert asked["2026-03-10"] == (COURSES["B"],)


def test_what_is_waived_asks_for_nothing_and_blocks_its_tasks() -> None:
    found = states(hired("2026-03-02"), relief("waiver", "2026-03-05", "2026-03-20"), waiver=True, blocks=("scan",))
    waived = next(each for each in found if each.covers(day("2026-03-10")))
    assert (waived.label, waived.modules, waived.blocks) == ("waived", (), ("scan",))


def test_what_is_extended_from_the_first_day_on_says_when_it_was_due() -> None:
    facts = hired("2026-03-02"), relief("extension", "2026-03-02", "2026-04-20"), trained("2026-04-10")
    first, *_, last = states(*facts, extension_days=30)
    assert (str(first.due_on), str(first.unextended_on), first.due_by) == ("2026-04-20", "2026-04-01", "extension")
    assert (last.due_on, last.unextended_on) == (None, None)


@given(cases())
def test_each_day_has_the_standing_that_the_engine_says(case: Case) -> None:
    found = obligation_states(case)
    for each in sampled(case):
        stands = standing(case, each)
        here = [state for state in found if state.covers(each)]
        if stands.fulfillment is FulfillmentAxis.NOT_APPLICABLE:
            assert here == []
        else:
            (state,) = here
            assert (state.fulfillment, state.timing, state.relief) == (
                *(stands.fulfillment, stands.timing),
                stands.relief,
            )
            assert (state.label, state.due_on, state.blocks) == (stands.label, stands.due_on, stands.blocks)
            assert stands.cycle is not None
            assert (state.cycle, state.version) == (stands.cycle.number, stands.cycle.version)


@given(cases())
def test_the_intervals_follow_each_other_and_the_last_day_is_not_forgotten(case: Case) -> None:
    found = obligation_states(case)
    assert all(one.until is not None and one.until < next_one.from_day for one, next_one in pairwise(found))
    assert all(each.until is None or each.until < date.max for each in found)
