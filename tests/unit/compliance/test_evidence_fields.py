"""What a citation asks of records: which fields they have, and what follows if one is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.compliance.requirements.commands import AddRequirement
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.evidence.records.voiding import VoidRecord
from domain.compliance.evidence_fields import RecordedFacts, missing
from domain.compliance.fulfillment import Courses, CourseSet
from domain.compliance.standing import FulfillmentAxis
from domain.evidence.persons import Trainer
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.compliance import rule
from situations.stage import OFFICER, SYSTEM
from worlds.memory import Timed
from worlds.owing import Owing

OSHA = ("training_date", "content", "trainer_name", "trainer_qualification", "employee_name", "job_title")
DANA = Trainer("Dana Whitfield", "Certified in infection control")


def lacking(**given: Any) -> tuple[str, ...]:
    """Which of the fields of 29 CFR 1910.1030(h)(2) a complete class lacks with these facts instead."""
    whole = {"full_name": "Ana", "job_title": "Hygienist", "summary": "Sharps.", "qualifications": ["OSHA"]}
    return missing(OSHA, RecordedFacts(**{**whole, **given}).lacks)


@for_each(
    ("given", "lacks"),
    [
        ({}, ()),
        ({"summary": " "}, ("content",)),
        ({"qualifications": []}, ("trainer_name", "trainer_qualification")),
        ({"qualifications": ["OSHA", " "]}, ("trainer_qualification",)),
        ({"full_name": None, "job_title": ""}, ("employee_name", "job_title")),
        # The version that was completed has the content, and answers for the trainer.
        ({"is_online": True, "summary": "", "qualifications": []}, ()),
        ({"is_online": True, "full_name": None}, ("employee_name",)),
        ({"is_elsewhere": True, "qualifications": []}, ("trainer_name", "trainer_qualification")),
    ],
)
def test_which_fields_a_record_lacks(given: dict[str, Any], lacks: tuple[str, ...]) -> None:
    assert lacking(**given) == lacks


def test_training_from_elsewhere_was_provided_by_its_issuer() -> None:
    asked = ("provider_name", "credit_hours", "score")
    assert missing(asked, RecordedFacts(is_online=True, score=90.0).lacks) == ("credit_hours",)
    assert missing(asked, RecordedFacts(is_elsewhere=True, credit_hours=2).lacks) == ("provider_name", "score")
    assert missing(asked, RecordedFacts(is_elsewhere=True, issuer="CPR", credit_hours=2).lacks) == ("score",)


@pytest.fixture
def stage() -> Owing:
    world = Timed()
    return Owing(world.bus(), world.units, world.clock)


async def test_a_record_meets_the_rule_once_it_is_recorded_again_with_what_was_missing(stage: Owing) -> None:
    course = await stage.course()
    await stage.approve(1, rule(Courses(CourseSet((course.id,))), since="2024-01-01", evidence_fields=OSHA))
    await stage.settle()
    ana = await stage.person(hired_on=stage.today - timedelta(days=10), job_title="Hygienist", full_name="Ana")

    async def record(**more: Any) -> UUID:
        training = RecordExternalTraining(ana, "Sharps", "OSHA", stage.today, module_id=course.id, **more)
        record_id: UUID = (await stage.do(training, OFFICER)).id
        return record_id

    async def stands() -> tuple[FulfillmentAxis, set[tuple[str, UUID | None]]]:
        assert await stage.differing() == []
        (state,) = [each for each in await stage.owes(ana) if each.covers(stage.today)]
        return state.fulfillment, {(each.name, each.proof_id) for each in state.exceptions}

    wrong = await record(reference="1")
    assert await stands() == (
        FulfillmentAxis.UNMET,
        {(field, wrong) for field in ("content", "trainer_name", "trainer_qualification")},
    )
    await stage.do(VoidRecord(wrong, "Trainer forgotten."), OFFICER)
    assert await stands() == (FulfillmentAxis.UNMET, set())
    right = await record(reference="1", summary="Sharps, plans and questions.", trainers=(DANA,))
    assert await stands() == (FulfillmentAxis.MET, set())
    (shown,) = [each for each in (await stage.bus.ask(ListRecords(ana), SYSTEM)).items if each.id == right]
    assert shown.trainers == (DANA,)


async def test_a_draft_asks_only_for_fields_that_records_have(stage: Owing) -> None:
    course = await stage.course()
    terms = rule(Courses(CourseSet((course.id,))), evidence_fields=("content", "trainer")).terms
    with pytest.raises(InvalidValue, match="none of the fields that records have: training_date") as refused:
        await stage.do(AddRequirement("sharps", "Sharps", stage.today, "New.", terms), OFFICER)
    assert refused.value.field == ("terms", "evidence_fields", 1)
