"""Whom a rule concerns, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from contracts.make import uid, user_id
from domain.compliance.audience_documents import parsed
from domain.compliance.audience_facts import EmploymentStatus, PersonOnDay, Place, PositionOnDay
from domain.kernel.states import State
from domain.people.employment import EmploymentState
from kit.about import for_each

DAY = date(2026, 3, 2)
AUSTIN = Place(uid(1), "Austin", "Austin", State.TEXAS)
FRESNO = Place(uid(2), "Fresno", "Fresno", State.CALIFORNIA)
HYGIENIST = PositionOnDay(uid(11), date(2026, 1, 31), True, "Hygiene", "hygienist", AUSTIN)
ASSISTANT = PositionOnDay(uid(12), date(2026, 3, 1), False, "Chairside", "dental_assistant", FRESNO)
NOWHERE = PositionOnDay(uid(13), date(2026, 3, 2), False)


def a_person(
    *positions: PositionOnDay,
    employment: EmploymentStatus | None = EmploymentStatus.HIRED,
    hired_on: date | None = date(2024, 2, 29),
    **metadata: Any,
) -> PersonOnDay:
    return PersonOnDay(user_id(1), DAY, employment, hired_on, positions, metadata)


def under(document: Mapping[str, Any], person: PersonOnDay) -> list[UUID | None]:
    """The positions by which the person is under the rule."""
    return [each and each.position_id for each in parsed(document).positions_under(person)]  # type: ignore[misc]  # a position is never false


def is_met(document: Mapping[str, Any], *positions: PositionOnDay, **facts: Any) -> bool:
    return bool(under(document, a_person(*positions, **facts)))


def metadata(*names: str, **test: Any) -> dict[str, Any]:
    return {"metadata": [*names], **test}


class TestPositions:
    def test_clauses_about_positions_must_hold_for_one_of_them(self) -> None:
        person = a_person(HYGIENIST, ASSISTANT)
        at_austin, in_california = {"field": "location", "is": str(AUSTIN.id)}, {"field": "state", "is": "CA"}
        assistant = {"field": "job_code", "is": "dental_assistant"}
        assert under({"all": [at_austin, assistant]}, person) == []
        assert under({"all": [in_california, assistant]}, person) == [uid(12)]
        assert under({"any": [at_austin, assistant]}, person) == [uid(11), uid(12)]
        assert under({"not": in_california}, person) == [uid(11)]

    def test_a_rule_about_the_person_concerns_every_position(self) -> None:
        person = a_person(ASSISTANT, NOWHERE, HYGIENIST)
        assert under({"field": "days_since_hire", "at_least": 30}, person) == [uid(11), uid(12), uid(13)]

    def test_somebody_without_a_position_is_asked_once(self) -> None:
        assert under({"all": []}, a_person()) == [None]
        assert under({"field": "department", "absent": True}, a_person()) == [None]
        assert under({"field": "department", "is": "Hygiene"}, a_person()) == []

    def test_who_has_left_is_under_no_rule(self) -> None:
        gone = a_person(HYGIENIST, employment=EmploymentStatus.LEFT)
        assert under({"all": []}, gone) == []
        assert [each.words for each in parsed({"all": []}).verdicts(gone)] == ["The employment state is left."]
        assert under({"all": []}, a_person(HYGIENIST, employment=None)) == [uid(11)]

    def test_employment_is_in_the_words_of_people(self) -> None:
        assert [each.value for each in EmploymentStatus] == [each.value for each in EmploymentState]


class TestValues:
    @for_each(
        ("field", "met", "unmet"),
        [
            ("job_code", "Hygienist", "dentist"),
            ("department", " HYGIÈNE", "Hygien"),
            ("location", str(AUSTIN.id).upper(), str(FRESNO.id)),
            ("state", "tx", "CA"),
            ("city", "AUSTIN", "Aust"),
            ("employment_state", "hired", "on_leave"),
            ("hire_day", "2024-02-29", "2024-02-28"),
            ("position_start", "2026-01-31", "2026-02-01"),
            ("days_since_position_start", 30, 31),
            ("days_since_hire", 732, 731),
        ],
    )
    def test_each_fact_is_compared(self, field: str, met: Any, unmet: Any) -> None:
        assert is_met({"field": field, "is": [unmet, met]}, HYGIENIST)
        assert not is_met({"field": field, "is": unmet}, HYGIENIST)
        assert not is_met({"field": field, "absent": True}, HYGIENIST)

    @for_each("field", ["job_code", "department", "location", "state", "city", "hire_day"])
    def test_a_missing_fact_matches_absent_alone(self, field: str) -> None:
        value = {"location": str(AUSTIN.id), "state": "TX", "hire_day": "2026-03-02"}.get(field, "hygienist")
        assert not is_met({"field": field, "is": value}, NOWHERE, hired_on=None)
        assert is_met({"not": {"field": field, "is": value}}, NOWHERE, hired_on=None)
        assert is_met({"field": field, "absent": True}, NOWHERE, hired_on=None)

    @for_each("order", ["at_least", "at_most", "more_than", "less_than"])
    def test_a_missing_fact_is_neither_more_nor_less(self, order: str) -> None:
        assert not is_met({"field": "days_since_hire", order: 5}, hired_on=None)
        assert not is_met({"field": "position_start", order: "2026-01-01"})
        assert not is_met(metadata("a", **{order: 5}))

    @for_each(
        ("order", "days"),
        [("at_least", {5, 6}), ("at_most", {4, 5}), ("more_than", {6}), ("less_than", {4})],
    )
    def test_bounds(self, order: str, days: set[int]) -> None:
        assert {days for days in (4, 5, 6) if is_met(metadata("a", **{order: 5}), a=days)} == days

    @for_each(
        ("found", "wanted"),
        [
            (5, 5.0), (5.0, 5), (True, True), ("5", "5"), ("Straße", "strasse"), ("2026-03-02", "2026-03-02"),
            ("St. Mary\u2019s", "st. mary's"),
        ],
    )  # fmt: skip
    def test_equal_metadata(self, found: Any, wanted: Any) -> None:
        assert is_met(metadata("a", **{"is": wanted}), a=found)

    @for_each(
        ("found", "wanted"),
        [
            (5, "5"), ("5", 5), (True, 1), (1, True), (False, 0), ("true", True), (None, "null"), ("", "x"),
            (["a"], "a"), ({"b": "a"}, "a"), ([], "[]"), ({}, "{}"), (5.5, 5),
        ],
    )  # fmt: skip
    def test_values_of_other_kinds_are_not_equal(self, found: Any, wanted: Any) -> None:
        assert not is_met(metadata("a", **{"is": wanted}), a=found)

    @for_each("found", ["6", "2026-02-30", "2026-3-2", "20260302", True, [6], {"a": 6}, None, "soon"])
    def test_what_is_neither_a_number_nor_a_day_has_no_order(self, found: Any) -> None:
        for order in ("at_least", "at_most"):
            assert not is_met(metadata("a", **{order: 5}), a=found)
            assert not is_met(metadata("a", **{order: "2026-03-02"}), a=found)

    def test_days_in_metadata(self) -> None:
        assert is_met(metadata("a", less_than="2026-03-02"), a="2026-03-01")
        assert not is_met(metadata("a", less_than="2026-03-02"), a="2026-03-02")
        assert not is_met(metadata("a", less_than="2026-03-02"), a=20260301)

    def test_paths(self) -> None:
        nested = {"license": {"state": "TX", "0": "zero"}, "list": ["TX"]}
        assert is_met(metadata("license", "state", **{"is": "tx"}), **nested)
        assert is_met(metadata("license", "0", **{"is": "zero"}), **nested)
        assert is_met(metadata("License", "state", absent=True), **nested)
        assert is_met(metadata("list", "0", absent=True), **nested)
        assert is_met(metadata("license", "state", "x", absent=True), **nested)
        assert not is_met(metadata("list", absent=True), **nested)
        assert is_met(metadata("none", absent=True), none=None)


class TestReasons:
    """The clauses that decide, as few as possible, are facts in plain words."""

    def why(self, document: Mapping[str, Any], *positions: PositionOnDay, **facts: Any) -> list[str]:
        verdicts = parsed(document).verdicts(a_person(*positions, **facts))
        assert [each.position for each in verdicts if each.is_under] == [
            *parsed(document).positions_under(a_person(*positions, **facts))
        ]
        return [f"{each.is_under}: {each.words}" for each in verdicts]

    def test_each_position_has_its_own(self) -> None:
        rule = {"all": [{"field": "state", "is": ["TX", "NY"]}, {"field": "job_code", "is": "hygienist"}]}
        assert self.why(rule, HYGIENIST, ASSISTANT) == [
            "True: The state is TX, and the job code is hygienist.",
            "False: The state is CA, not TX or NY.",
        ]

    def test_everybody(self) -> None:
        assert self.why({"all": []}) == ["True: The rule concerns everybody."]

    def test_of_several_reasons_the_shortest_is_enough(self) -> None:
        two = {"all": [{"field": "state", "is": "TX"}, {"field": "city", "is": "Austin"}]}
        one = {"field": "department", "is": "Hygiene"}
        assert self.why({"any": [two, one]}, HYGIENIST) == ["True: The department is Hygiene."]
        assert self.why({"not": {"any": [two, one]}}, HYGIENIST) == ["False: The department is Hygiene."]
        assert self.why({"any": [{"field": "state", "is": "CA"}, two]}, HYGIENIST) == [
            "True: The state is TX, and the city is Austin."
        ]

    def test_all_alternatives_that_fail_are_named_each_once(self) -> None:
        other = {"field": "state", "is": "CA"}
        assert self.why({"any": [other, {"all": [other]}, {"field": "job_code", "is": "dentist"}]}, HYGIENIST) == [
            "False: The state is TX, not CA, and the job code is hygienist, not dentist."
        ]

    @for_each(
        ("clause", "words"),
        [
            ({"field": "days_since_hire", "at_least": 30},
             "The number of days since hire is 732, which is at least 30."),
            ({"field": "days_since_hire", "less_than": 30},
             "The number of days since hire is 732, not less than 30."),
            ({"field": "hire_day", "more_than": "2026-01-01"},
             "The day of hire is February 29, 2024, not more than January 1, 2026."),
            ({"field": "location", "is": str(AUSTIN.id)}, "The location is Austin."),
            ({"metadata": ["license", "state"], "is": "TX"}, "The metadata license.state is not known."),
            ({"metadata": ["license", "state"], "absent": True}, "The metadata license.state is not known."),
            ({"metadata": ["x"], "is": False}, "The metadata x is true, not false."),
            ({"metadata": ["many"], "is": [*range(12)]},
             "The metadata many is a list, not 0 or 1 or 2 or 3 or 4 or 5 or 6 or 7 or 8 or 9 or one of 2 others."),
            ({"metadata": ["object"], "absent": True}, "The metadata object is an object."),
            ({"field": "employment_state", "is": "on_leave"}, "The employment state is hired, not on_leave."),
        ],
    )  # fmt: skip
    def test_words(self, clause: Mapping[str, Any], words: str) -> None:
        (verdict,) = parsed(clause).verdicts(a_person(HYGIENIST, x=True, many=[], object={}))
        assert verdict.words == words
        (opposite,) = parsed({"not": clause}).verdicts(a_person(HYGIENIST, x=True, many=[], object={}))
        assert (opposite.words, opposite.is_under) == (words, not verdict.is_under)

    def test_the_place_in_the_document_is_named(self) -> None:
        rule = {"all": [{"all": []}, {"any": [{"field": "state", "is": "CA"}, {"not": {"field": "city", "is": "X"}}]}]}
        (verdict,) = parsed(rule).verdicts(a_person(HYGIENIST))
        assert [each.path for each in verdict.clauses] == [("all", 1, "any", 1, "not")]
