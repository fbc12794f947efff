"""Several requirements that ask for the same module."""

from __future__ import annotations

from domain.compliance.facts import Case
from domain.compliance.modules_due import module_due_days
from domain.compliance.obligations import obligation_states
from domain.compliance.schedule import AfterCompletion, OnDay
from domain.compliance.standing import Label
from kit.compliance import COURSES, Fact, card, course, day, employed, hired, relief, rule, standing, story, trained

JUNE_1, JUNE_15 = rule(first=OnDay(day("2026-06-01"))), rule(course("A", "B"), first=OnDay(day("2026-06-15")))
HIRED = hired("2026-05-01")


def due(on: str, *cases: Case) -> dict[str, str]:
    names = {id: name for name, id in COURSES.items()}
    states = [state for case in cases for state in obligation_states(case)]
    found = module_due_days(states)
    assert all(one.until is None or one.until >= one.from_day for one in found)
    return {names[each.module_id]: str(each.due_on) for each in found if each.covers(day(on))}


def both(*facts: Fact) -> list[Case]:
    return [story(each, *facts) for each in (JUNE_15, JUNE_1)]


def test_a_shared_module_is_due_on_the_earlier_day() -> None:
    assert due("2026-05-10", *both(HIRED)) == {"A": "2026-06-01", "B": "2026-06-15"}


def test_one_record_closes_both() -> None:
    one, other = rule(first=OnDay(day("2026-06-01"))), rule(first=OnDay(day("2026-06-15")))
    cases = [story(each, HIRED, trained("2026-05-20")) for each in (one, other)]
    assert [standing(each, day("2026-05-20")).label for each in cases] == [Label.MET, Label.MET]
    assert due("2026-05-20", *cases) == {}


def test_what_has_no_due_day_leaves_those_of_others() -> None:
    unknown = story(rule(course("A", "C")), employed("2026-05-01"))
    assert due("2026-05-10", unknown, *both(HIRED)) == {"A": "2026-06-01", "B": "2026-06-15"}


def test_the_days_of_a_module_follow_each_other_and_say_once_what_stays_the_same() -> None:
    states = [state for case in both(HIRED) for state in obligation_states(case)]
    found = [each for each in module_due_days(states) if each.module_id == COURSES["A"]]
    assert [(str(each.from_day), each.until, str(each.due_on)) for each in found] == [
        ("2026-05-01", None, "2026-06-01")
    ]


def test_renewals_ask_for_their_own_courses() -> None:
    refreshed = rule(course("A", renewal=("B",)), repeats=AfterCompletion(12), lapse_limit_days=30)
    case = story(refreshed, hired("2025-01-01"), trained("2025-01-10"))
    assert due("2025-02-01", case) == {}
    assert due("2026-01-01", case) == {"B": "2026-01-10"}
    assert due("2026-03-01", case) == {"A": "2026-01-10"}


def test_what_is_waived_and_what_is_no_course_asks_for_no_module() -> None:
    waived = story(rule(waiver=True), HIRED, relief("waiver", "2026-05-02", "2026-12-31"))
    assert due("2026-05-10", waived, story(rule(card()), HIRED)) == {}
    assert due("2026-05-10", story(rule(), hired("2026-01-01", "2026-01-05"))) == {}
