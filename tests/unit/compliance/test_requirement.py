"""Requirements: their versions, who approves them, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.compliance.citations import Basis, LegalSource
from domain.compliance.fulfillment import CategoryHours, CourseSet, Expiry, HoursNeeded
from domain.compliance.requirement import Requirement, RunningCycles
from domain.compliance.requirement_errors import (
    AnotherDraft,
    ApproverIsAuthor,
    RequirementIsRetired,
    RequirementVersionNotFound,
    TwoVersionsOneDay,
    UnverifiedSource,
    VersionAlreadyApproved,
)
from domain.compliance.rule_retention import Retention, RetentionFrom
from domain.compliance.schedule import CALENDAR_YEAR, AfterCompletion, AtPeriodEnd, FromExpiry, Guards, OnDay
from domain.compliance.terms import Terms
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.compliance import EVERYBODY, after, card, course, hours, rule
from kit.examples import LATER, NOW, uid

AUTHOR, APPROVER = uid(1), uid(2)
TODAY, MAY = date(2026, 3, 2), date(2026, 5, 1)
TERMS = rule().terms
OSHA = LegalSource("29 CFR 1910.1030(g)(2)", Basis.REGULATION, "US", "https://www.ecfr.gov/current/title-29")


def a_requirement(**changes: Any) -> Requirement:
    requirement = Requirement(uid(10), code="bloodborne_pathogens", title="Bloodborne pathogens", now=NOW)
    requirement.draft(replace(TERMS, **changes), effective_on=MAY, note="As OSHA asks.", by=AUTHOR, now=NOW)
    return requirement


def approve(requirement: Requirement, number: int = 1, **how: Any) -> None:
    requirement.approve(number, **{"by": APPROVER, "now": LATER, "today": TODAY, **how})


def redraft(requirement: Requirement, number: int = 1, *, by: UUID = APPROVER, **changes: Any) -> None:
    draft = requirement.of_number(number)
    names = ("terms", "effective_on", "note", "running", "transition_days")
    requirement.redraft(number, **{**{name: getattr(draft, name) for name in names}, **changes}, by=by, now=LATER)


class TestVersions:
    def test_nobody_approves_a_draft_that_was_written_under_another_id(self) -> None:
        requirement = a_requirement()
        with pytest.raises(ApproverIsAuthor):
            approve(requirement, by=APPROVER, persons={AUTHOR: APPROVER})
        assert not requirement.approved
        approve(requirement, by=uid(3), persons={AUTHOR: APPROVER})
        assert requirement.approved

    def test_a_draft_is_not_in_effect_before_a_second_person_approves_it(self) -> None:
        requirement = a_requirement()
        assert not requirement.approved
        with pytest.raises(ApproverIsAuthor):
            approve(requirement, by=AUTHOR)
        approve(requirement)
        assert [(each.number, each.approved_by) for each in requirement.approved] == [(1, APPROVER)]

    def test_the_person_who_changes_a_draft_cannot_approve_it(self) -> None:
        requirement = a_requirement()
        redraft(requirement, note="As the law asks.")
        with pytest.raises(ApproverIsAuthor):
            approve(requirement)
        approve(requirement, by=AUTHOR)

    def test_a_change_to_the_same_is_none(self) -> None:
        requirement = a_requirement()
        redraft(requirement, note="As OSHA asks.")
        assert (requirement.version, requirement.of_number(1).drafted_by) == (2, AUTHOR)

    def test_an_approved_version_never_changes(self) -> None:
        requirement = a_requirement()
        approve(requirement)
        changes: list[Callable[[], object]] = [
            lambda: redraft(requirement, by=AUTHOR, note="Other."),
            lambda: requirement.discard(1, LATER),
            lambda: approve(requirement),
        ]
        for change in changes:
            with pytest.raises(VersionAlreadyApproved):
                change()

    def test_there_is_one_draft_at_a_time(self) -> None:
        requirement = a_requirement()
        with pytest.raises(AnotherDraft):
            requirement.draft(TERMS, effective_on=date(2026, 6, 1), note="Again.", by=AUTHOR, now=LATER)
        requirement.discard(1, LATER)
        assert requirement.versions == ()
        requirement.draft(TERMS, effective_on=date(2026, 6, 1), note="Again.", by=AUTHOR, now=LATER)

    def test_a_later_version_takes_effect_later(self) -> None:
        requirement = a_requirement()
        approve(requirement)
        with pytest.raises(TwoVersionsOneDay, match="after 2026-05-01"):
            requirement.draft(TERMS, effective_on=MAY, note="Again.", by=AUTHOR, now=LATER)
        requirement.draft(
            TERMS, effective_on=date(2026, 6, 1), note="Again.", by=AUTHOR, now=LATER, running=RunningCycles.TAKE
        )
        assert [each.number for each in requirement.versions] == [1, 2]

    def test_an_unverified_source_needs_an_acknowledgment(self) -> None:
        requirement = a_requirement(citation=OSHA)
        with pytest.raises(UnverifiedSource):
            approve(requirement)
        approve(requirement, acknowledge=True)
        assert requirement.of_number(1).acknowledged

    @pytest.mark.parametrize(
        "citation",
        [replace(OSHA, verified_on=TODAY), LegalSource("Handbook, page 12", Basis.POLICY, "Unified Dental")],
    )
    def test_a_verified_source_and_a_policy_need_none(self, citation: LegalSource) -> None:
        approve(a_requirement(citation=citation))

    def test_a_source_that_will_be_verified_is_not_verified(self) -> None:
        with pytest.raises(UnverifiedSource):
            approve(a_requirement(citation=replace(OSHA, verified_on=date(2026, 3, 3))))

    def test_a_retired_requirement_stays_as_it_is(self) -> None:
        requirement = a_requirement()
        requirement.retire(date(2027, 1, 1), LATER)
        changes: list[Callable[[], object]] = [
            lambda: approve(requirement),
            lambda: redraft(requirement, note="Other."),
            lambda: requirement.retire(date(2028, 1, 1), LATER),
            lambda: requirement.draft(TERMS, effective_on=TODAY, note="Again.", by=AUTHOR, now=LATER),
        ]
        for change in changes:
            with pytest.raises(RequirementIsRetired):
                change()

    def test_a_missing_version_is_named(self) -> None:
        with pytest.raises(RequirementVersionNotFound):
            a_requirement().of_number(2)


@for_each(
    ("wrong", "field", "message"),
    [
        (lambda: HoursNeeded(Decimal("NaN")), ("hours",), "must be more than 0 and at most 1000 hours"),
        (lambda: HoursNeeded(Decimal("1.005")), ("hours",), "at most two decimal places"),
        (lambda: hours("2", live=Decimal(3)), ("live",), "must not be more than 2, the hours needed"),
        (
            lambda: hours("8", minima=(CategoryHours("infection", Decimal(9)),)),
            ("minima",),
            "must not be more than 8 hours together",
        ),
        (
            lambda: hours(
                "8",
                minima=(CategoryHours("bls", Decimal(5)),),
                caps=(CategoryHours("bls", Decimal(4)),),
            ),
            ("minima", 0, "hours"),
            "must not be more than the 4 hours of bls that count at most",
        ),
        (
            lambda: hours("8", categories=("bls",), caps=(CategoryHours("bls", Decimal(4)),)),
            ("caps",),
            "leave fewer than the 8 hours needed",
        ),
        (
            lambda: hours("8", categories=("bls",), minima=(CategoryHours("law", Decimal(2)),)),
            ("minima", 0, "category"),
            "must be one of the categories that count",
        ),
        (
            lambda: hours("8", caps=(CategoryHours("bls", Decimal(4)), CategoryHours("bls", Decimal(3)))),
            ("caps", 1, "category"),
            "repeats bls",
        ),
        (lambda: CourseSet(()), ("modules",), "must have 1 to 50 items"),
        (lambda: CourseSet((uid(1), uid(1))), ("modules",), "must not repeat an item"),
        (lambda: AfterCompletion(0), ("months",), "must be from 1 to 240"),
        (lambda: FromExpiry(2, 60), ("window_days",), "must be shorter than the interval of 2 months"),
        (lambda: OnDay(date(26, 3, 1)), ("day",), "must not be before 1950-01-01"),
        (
            lambda: Guards(max_interval_days=365, minimum_active_months=12),
            ("minimum_active_months",),
            "contradicts the guard of at most 365 days",
        ),
        (
            lambda: rule(repeats=AfterCompletion(6), minimum_active_months=6),
            ("guards", "minimum_active_months"),
            "must be less than the 6 months",
        ),
        (
            lambda: rule(hours("8"), repeats=AfterCompletion(12)),
            ("repeats",),
            "hours are counted within a period",
        ),
        (
            lambda: rule(hours("8"), max_interval_days=365),
            ("guards", "max_interval_days"),
            "of hours, the period says how often",
        ),
        (lambda: rule(card(expiry=Expiry.RULE)), ("repeats",), "must be an interval"),
        (lambda: rule(first=AtPeriodEnd()), ("first_due",), "only where the requirement repeats in periods"),
        (
            lambda: LegalSource("29 CFR 1910.1030", Basis.REGULATION, "US"),
            ("source",),
            "must be given for anything but a policy",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_field(wrong: Any, field: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as refused:
        wrong()
    assert refused.value.field == field


@for_each(
    ("counted_from", "left_on", "last_in_effect_on", "until"),
    [
        (RetentionFrom.TRAINING, None, None, date(2027, 2, 28)),
        (RetentionFrom.EMPLOYMENT_END, None, None, None),
        (RetentionFrom.EMPLOYMENT_END, date(2026, 3, 31), None, date(2029, 3, 31)),
        (RetentionFrom.LAST_IN_EFFECT, date(2026, 3, 31), None, None),
        (RetentionFrom.LAST_IN_EFFECT, None, date(2030, 1, 1), date(2033, 1, 1)),
    ],
)
def test_years_of_retention_are_counted_from_what_the_rule_says(
    counted_from: RetentionFrom, left_on: date | None, last_in_effect_on: date | None, until: date | None
) -> None:
    assert Retention(3, counted_from).until(date(2024, 2, 29), left_on, last_in_effect_on) == until


def test_what_is_asked_can_be_asked() -> None:
    terms = Terms(
        audience=EVERYBODY,
        fulfillment=hours(
            "25", minima=(CategoryHours("infection", Decimal(2)),), caps=(CategoryHours("bls", Decimal(4)),)
        ),
        first_due=AtPeriodEnd(),
        repeats=CALENDAR_YEAR,
        guards=Guards(minimum_active_months=6, prior_credit_days=90),
        blocks=("take_radiographs",),
    )
    assert terms.blocks == ("take_radiographs",)
    assert course("A", "B").modules == {*course("B", "A").modules}
    assert after("hire", 30).days == 30
