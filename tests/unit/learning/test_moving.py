"""Moving to a new version leaves nobody behind, and nobody with nothing to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.assessment.commands import SaveAnswers
from application.assessment.queries import ListAttempts
from application.catalogue.modules.commands import EditModule, PublishModule
from application.catalogue.sections.commands import AddSection, RemoveSection
from application.evidence.records.queries import ListRecords
from application.kernel.access import Actor
from application.learning.progress.commands import CompleteSection, StartModule
from application.learning.progress.queries import Progress, ReadProgress
from domain.assessment.attempt_events import AttemptSuperseded
from domain.assessment.attempts import AttemptStatus
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson, Quiz
from domain.kernel.oversight import OwnTraining
from domain.kernel.roles import Role
from domain.learning.completion import Rule
from domain.learning.enrollment_events import EnrollmentsMoved, ModuleCompleted
from kit.examples import NOW, uid
from worlds.school import BEN, COMPLIANCE, LESSON, QUIZ, RIGHT, M, School, a_school

SYSTEM = Actor.system()
ANA = uid(1)


async def lesson_done(quiz: Quiz | None = None, **rules: Any) -> School:
    """Ana and Ben have done the lesson, and not the quiz."""
    school = await a_school(quiz, **rules)
    await school.do(CompleteSection(M, ANA, LESSON))
    await school.do(CompleteSection(M, uid(2), LESSON), BEN)
    return school


async def publish(school: School, **how: Any) -> list[Any]:
    """The events of publishing a material version that everybody is moved to."""
    events: list[Any] = []
    school.ways.listen(events.extend)
    await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY, move_enrollments=True, **how), SYSTEM)
    return events


async def progress_of(school: School, user_id: UUID) -> Progress:
    progress: Progress = await school.do(ReadProgress(M, user_id), COMPLIANCE)
    return progress


async def test_learners_with_nothing_left_to_do_have_completed_the_module() -> None:
    school = await lesson_done()
    await school.do(RemoveSection(M, QUIZ), SYSTEM)
    school.pass_time(hours=1)
    events = await publish(school)
    for user in (ANA, uid(2)):
        progress = await progress_of(school, user)
        assert (progress.version_number, progress.percent, progress.completed_at) == (2, 100, school.moment)
        (record,) = (await school.do(ListRecords(user), COMPLIANCE)).items
        assert (record.version_number, record.completed_at) == (2, school.moment)
        assert record.certificate_serial is not None
    assert [event.user_id for event in events if isinstance(event, ModuleCompleted)] == [ANA, uid(2)]


async def test_nobody_moves_their_own_enrollment() -> None:
    """An author who has used up the attempts at a quiz would be rid of it, or would have new ones."""
    school = await lesson_done()
    await school.do(RemoveSection(M, QUIZ), SYSTEM)
    author = Actor(ANA, Role.AUTHOR)
    with pytest.raises(OwnTraining):
        await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY, move_enrollments=True), author)
    assert (await progress_of(school, ANA)).version_number == 1
    await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY), author)
    await school.do(AddSection(M, "New", Lesson("New")), SYSTEM)
    await publish(school)
    assert (await progress_of(school, ANA)).version_number == 3


async def test_the_event_names_who_was_moved_and_what_was_superseded() -> None:
    school = await lesson_done()
    attempt = await school.start()
    await school.do(RemoveSection(M, QUIZ), SYSTEM)
    events = await publish(school)
    assert [event for event in events if isinstance(event, (EnrollmentsMoved, AttemptSuperseded))] == [
        EnrollmentsMoved(M, 1, 2, (ANA, uid(2))),
        AttemptSuperseded(attempt.id, M, QUIZ, ANA),
    ]
    (listed,) = (await school.do(ListAttempts(M, ANA))).items
    assert listed.status is AttemptStatus.SUPERSEDED


async def test_who_has_something_left_to_do_goes_on() -> None:
    school = await lesson_done()
    await school.do(AddSection(M, "New", Lesson("More")), SYSTEM)
    await publish(school)
    progress = await progress_of(school, ANA)
    assert (progress.version_number, progress.percent, progress.completed_at) == (2, 33, None)
    assert progress.next_section_id is not None


async def test_who_must_still_wait_is_completed_once_the_time_has_passed() -> None:
    school = await a_school()
    await school.do(StartModule(M, ANA))
    await school.do(CompleteSection(M, ANA, LESSON))
    await school.do(RemoveSection(M, QUIZ), SYSTEM)
    await school.do(EditModule(M, rules=CompletionRules(minimum_minutes=30)), SYSTEM)
    await publish(school)
    progress = await progress_of(school, ANA)
    assert [block.rule for block in progress.blocked_by] == [Rule.MINIMUM_TIME]
    school.pass_time(minutes=40)
    assert (await progress_of(school, ANA)).completed_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("section", [QUIZ, LESSON])
async def test_an_overdue_attempt_counts_before_anybody_is_moved(section: UUID) -> None:
    school = await lesson_done(Quiz(time_limit_seconds=60))
    await school.do(SaveAnswers((await school.start()).id, RIGHT))
    school.pass_time(minutes=5)
    await school.do(RemoveSection(M, section), SYSTEM)
    await publish(school)
    progress = await progress_of(school, ANA)
    assert (progress.version_number, progress.completed_at) == (1, NOW + timedelta(seconds=60))
