"""On which days somebody is under a rule, and since when that is known, in the words of the business."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from domain.compliance.audience_documents import parsed
from domain.compliance.audience_facts import EmploymentStatus, Place, PositionOnDay
from domain.compliance.requirement import RequirementVersion, RunningCycles
from domain.compliance.timelines import Employed, Held, Timeline
from domain.compliance.under_rule import PersonInTime, under_rule
from domain.kernel.states import State
from kit.compliance import day, rule
from kit.examples import uid

HIRED = EmploymentStatus.HIRED
ANA = uid(1)
TX_LAB = {"field": "department", "is": "Lab"}


def version(audience: dict[str, Any], since: str = "2020-01-01", **terms: Any) -> RequirementVersion:
    made = rule(since=since, **terms)
    return replace(made, terms=replace(made.terms, audience=parsed(audience)))


def position(number: int, first: str, until: str | None = None, *, known: str | None = None, **facts: Any) -> Held:
    """A position from the first to the last day, known on its first one unless said otherwise."""
    known_on = day(known or first)
    return Held(
        day(first),
        None if until is None else day(until),
        position=PositionOnDay(uid(number), facts.pop("starts", day(first)), **{"department": "Lab", **facts}),
        known_on=known_on,
        department_known_on=known_on,
        job_code_known_on=known_on,
        place_known_on=known_on,
    )


def employed(status: EmploymentStatus, first: str, until: str | None = None, **facts: Any) -> Employed:
    first_day = day(first)
    hired_on = facts.pop("hired_on", first_day if status is HIRED else None)
    known = facts.pop("known_on", first_day)
    until_day = None if until is None else day(until)
    return Employed(first_day, until_day, status=status, hired_on=hired_on, known_on=known, state_known_on=known)


def person(*facts: Held | Employed, begins: str = "2020-01-01", known: str = "2020-01-01", **more: Any) -> Timeline:
    return Timeline(
        ANA,
        day(begins),
        day(known),
        tuple(each for each in facts if isinstance(each, Held)),
        tuple(each for each in facts if isinstance(each, Employed)),
        **more,
    )


def told(versions: list[RequirementVersion], timeline: Timeline) -> list[str]:
    """The days, the position and when it became known, of each cause."""
    return [
        f"{each.from_day} to {each.until} by {_number(each.cause.position_id)}"
        + (f", known {each.known_on}" if each.known_on else "")
        for each in under_rule(versions, timeline)
    ]


def _number(position_id: UUID | None) -> str:
    return "none" if position_id is None else str(position_id.int)


def test_a_person_is_under_a_rule_by_each_position_for_which_it_holds() -> None:
    ana = person(
        position(1, "2024-01-01", "2024-12-31"),
        position(2, "2024-06-01", is_primary=False),
        position(3, "2024-01-01", department="Front"),
    )
    assert told([version(TX_LAB)], ana) == ["2024-01-01 to 2024-12-31 by 1", "2024-06-01 to None by 2"]
    (first, _) = under_rule([version(TX_LAB)], ana)
    assert first.cause.clause == "The department is Lab."


def test_a_rule_concerns_nobody_before_its_day_or_before_the_hire() -> None:
    ana = person(employed(HIRED, "2024-03-01"), position(1, "2024-03-01"), begins="2024-03-01")
    assert told([version({"all": []})], ana) == ["2024-03-01 to None by 1"]
    assert told([version({"all": []}, since="2024-05-01")], ana) == ["2024-05-01 to None by 1"]


def test_nobody_who_has_left_is_under_a_rule_until_a_return() -> None:
    ana = person(
        employed(HIRED, "2024-01-01", "2024-05-31"),
        employed(EmploymentStatus.LEFT, "2024-06-01", "2024-12-31"),
        employed(EmploymentStatus.REHIRED, "2025-01-01", known_on=day("2025-02-03")),
        position(1, "2024-01-01"),
    )
    assert told([version(TX_LAB)], ana) == [
        "2024-01-01 to 2024-05-31 by 1",
        "2025-01-01 to None by 1, known 2025-02-03",
    ]


def test_a_number_of_days_is_reached_on_its_own_day_ahead_of_today_too() -> None:
    far = person(employed(HIRED, "2090-01-01"), position(1, "2090-01-01"), begins="2090-01-01")
    for operator, expected in (
        ("at_least", "2090-01-31 to None by 1"),
        ("more_than", "2090-02-01 to None by 1"),
        ("at_most", "2090-01-01 to 2090-01-31 by 1"),
        ("less_than", "2090-01-01 to 2090-01-30 by 1"),
        ("is", "2090-01-31 to 2090-01-31 by 1"),
    ):
        for field in ("days_since_hire", "days_since_position_start"):
            assert told([version({"field": field, operator: 30})], far) == [expected]


def test_a_transfer_entered_late_is_known_late() -> None:
    ana = person(position(1, "2024-01-01", "2024-01-31"), position(2, "2024-02-01", known="2024-03-20"))
    assert told([version(TX_LAB)], ana) == [
        "2024-01-01 to 2024-01-31 by 1",
        "2024-02-01 to None by 2, known 2024-03-20",
    ]


def test_only_facts_that_the_rule_asks_for_decide_when_it_was_known() -> None:
    late = day("2024-06-01")
    held = replace(position(1, "2024-01-01", job_code="hygienist"), job_code_known_on=late)
    ana = person(held)
    by_code = version({"field": "job_code", "is": "hygienist"})
    assert told([version(TX_LAB)], ana) == ["2024-01-01 to None by 1"]
    assert told([by_code], ana) == ["2024-01-01 to None by 1, known 2024-06-01"]


def test_a_move_of_the_office_concerns_rules_that_ask_where_it_was() -> None:
    austin, reno = (
        Place(uid(9), name, name, state) for name, state in (("Austin", State.TEXAS), ("Reno", State.NEVADA))
    )
    before = position(1, "2024-01-01", "2024-01-31", place=austin)
    by_city, by_state = day("2024-03-20"), day("2024-04-01")
    moved = position(1, "2024-02-01", place=reno, starts=day("2024-01-01"), known="2024-01-01")
    moved = replace(moved, city_known_on=by_city, state_known_on=by_state)
    ana = person(before, moved)
    in_nevada, in_reno = (version({"field": name, "is": value}) for name, value in (("state", "NV"), ("city", "Reno")))
    assert told([version({"field": "state", "is": "TX"})], ana) == ["2024-01-01 to 2024-01-31 by 1"]
    assert told([in_nevada], ana) == ["2024-02-01 to None by 1, known 2024-04-01"]
    assert told([in_reno], ana) == ["2024-02-01 to None by 1, known 2024-03-20"]
    assert told([version({"field": "location", "is": str(uid(9))})], ana) == ["2024-01-01 to None by 1"]
    assert told([version(TX_LAB)], ana) == ["2024-01-01 to None by 1"]


def test_what_became_known_late_is_one_cause_also_on_days_that_came_after_that() -> None:
    (austin, known) = (Place(uid(9), "Austin", "Austin", State.TEXAS), day("2024-03-20"))
    here = replace(position(1, "2024-01-01", "2024-06-30", place=austin), state_known_on=known)
    planned = replace(
        position(1, "2024-07-01", place=replace(austin, city="Waco"), known="2024-01-01"), state_known_on=known
    )
    in_texas = version({"field": "state", "is": "TX"})
    assert told([in_texas], person(here, planned)) == ["2024-01-01 to None by 1, known 2024-03-20"]


def test_on_each_day_the_version_in_effect_decides() -> None:
    ana = person(position(1, "2024-01-01"), position(2, "2024-01-01", department="Front"))
    front = version({"field": "department", "is": "Front"}, since="2024-07-01", number=2, running=RunningCycles.TAKE)
    assert told([version(TX_LAB), front], ana) == ["2024-01-01 to 2024-06-30 by 1", "2024-07-01 to None by 2"]


def test_people_who_keep_their_version_stay_under_it_until_they_leave_it() -> None:
    ana = person(
        employed(HIRED, "2024-01-01", "2024-12-31"),
        employed(EmploymentStatus.LEFT, "2025-01-01", "2025-01-31"),
        employed(EmploymentStatus.REHIRED, "2025-02-01"),
        position(1, "2024-01-01"),
    )
    front = version({"field": "department", "is": "Front"}, since="2024-07-01", number=2, running=RunningCycles.KEEP)
    assert told([version(TX_LAB), front], ana) == ["2024-01-01 to 2024-12-31 by 1"]
    bea = person(position(1, "2024-08-01"))
    assert told([version(TX_LAB), front], bea) == []


def test_facts_that_are_no_reason_do_not_divide_the_days() -> None:
    ana = person(
        employed(HIRED, "2024-01-01", "2024-05-31"),
        employed(EmploymentStatus.ON_LEAVE, "2024-06-01", "2024-08-31"),
        employed(EmploymentStatus.RETURNED, "2024-09-01", hired_on=day("2024-01-01")),
        position(1, "2024-01-01"),
        position(2, "2024-03-01", department="Front"),
    )
    assert told([version(TX_LAB)], ana) == ["2024-01-01 to None by 1"]


def test_the_last_day_of_the_calendar_is_no_end() -> None:
    ana = person(position(1, "2024-01-01", "9999-12-31"))
    assert told([version({"field": "days_since_position_start", "at_least": 40_000})], ana) == [
        f"{date(2024, 1, 1) + timedelta(40_000)} to None by 1"
    ]


def test_dates_and_tasks_of_a_person_come_from_the_metadata() -> None:
    ana = person(
        metadata={
            "license_expires": ["2024-01-31", "2026-01-31"],
            "cpr": "2025-02-28",
            "note": "soon",
            "tasks": {"take_radiographs": "2024-05-01", "other": 3},
        }
    )
    facts = PersonInTime(ana).facts([])
    assert facts.date_of("license_expires") == day("2026-01-31")
    assert facts.date_of("cpr") == day("2025-02-28")
    assert facts.date_of("note") is None
    assert facts.first_day_of_task("take_radiographs") == day("2024-05-01")
