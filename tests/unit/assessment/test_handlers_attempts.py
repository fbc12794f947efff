"""Trying quizzes, through the bus on the memory adapters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.assessment.ports import Attempts
from application.assessment.queries import ListAttempts, ReadAttempt
from application.kernel.access import Actor
from application.kernel.units import Unit
from application.learning.enrollments.commands import EnrollUser, WithdrawEnrollment
from application.learning.enrollments.queries import ReadEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment
from domain.assessment.attempt_events import AttemptGraded, AttemptStarted
from domain.assessment.attempts import AttemptClosed, AttemptExpired, AttemptNotFound, AttemptStatus
from domain.catalogue.sections import Quiz, SectionIsNotAQuiz, SectionNotFound
from domain.evidence.certificates import CertificateIssued
from domain.evidence.record_events import TrainingRecorded
from domain.kernel.errors import InvalidValue, StaleVersion
from domain.learning.completion import Blocked, Rule
from domain.learning.enrollment_events import EnrollmentNotFound, ModuleCompleted, ModuleStarted, SectionCompleted
from kit.examples import NOW, uid
from worlds.school import (
    ANA,
    AUTHOR,
    BEN,
    COMPLIANCE,
    CYCLE,
    HALF,
    LESSON,
    MANAGER,
    OTHER_MANAGER,
    Q1,
    Q2,
    QUIZ,
    RIGHT,
    WRONG,
    M,
    School,
    a_school,
)

COMPLETE_LESSON = CompleteSection(M, uid(1), LESSON)


@pytest.fixture
async def school() -> School:
    return await a_school()


class TestStarting:
    async def test_an_attempt_begins(self, school: School) -> None:
        attempt = await school.start()
        assert (attempt.module_id, attempt.section_id, attempt.user_id) == (M, QUIZ, ANA.user_id)
        assert (attempt.cycle_id, attempt.version_number, attempt.number) == (CYCLE, 1, 1)
        assert (attempt.status, attempt.started_at, attempt.deadline) == (AttemptStatus.OPEN, NOW, None)
        assert (attempt.max_points, attempt.points, attempt.percent, attempt.passed) == (2, None, None, None)
        assert [item.prompt for item in attempt.items] == ["Question 1", "Question 2"]
        assert [item.answer for item in attempt.items] == [None, None]
        assert (await school.progress()).started_at == NOW

    async def test_it_is_reported_once(self, school: School) -> None:
        started, event = await school.events_of(StartAttempt(M, QUIZ))
        assert started == ModuleStarted(M, uid(1), CYCLE)
        assert isinstance(event, AttemptStarted)
        assert (event.user_id, event.number) == (ANA.user_id, 1)
        assert await school.events_of(StartAttempt(M, QUIZ)) == []

    async def test_an_open_attempt_is_the_answer(self, school: School) -> None:
        first = await school.start()
        await school.do(SaveAnswers(first.id, HALF))
        school.pass_time(hours=1)
        again = await school.start()
        assert (again.id, again.number, again.items[0].answer) == (first.id, 1, True)
        assert (await school.start(BEN)).id != first.id

    async def test_the_seed_is_that_of_chance_and_recorded(self, school: School) -> None:
        first = await school.start()
        other = await school.start(BEN)

        async def seeds(unit: Unit) -> list[int]:
            return [(await unit.port(Attempts).find(each)).seed for each in (first.id, other.id)]

        assert await school.units.run(seeds) == [1, 2]

    async def test_numbers_count_up_within_the_cycle(self, school: School) -> None:
        for number in (1, 2, 3):
            attempt = await school.start()
            assert attempt.number == number
            await school.do(SubmitAttempt(attempt.id, WRONG))

    @pytest.mark.parametrize(
        ("command", "actor", "error"),
        [
            (StartAttempt(M, uid(404)), ANA, SectionNotFound),
            (StartAttempt(M, LESSON), ANA, SectionIsNotAQuiz),
            (StartAttempt(uid(404), QUIZ), ANA, EnrollmentNotFound),
            (StartAttempt(M, QUIZ), COMPLIANCE, EnrollmentNotFound),
            (StartAttempt(M, QUIZ), Actor.system(), EnrollmentNotFound),
        ],
    )
    async def test_what_cannot_be_tried(
        self, school: School, command: StartAttempt, actor: Actor, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            await school.do(command, actor)

    async def test_earlier_sections_come_first_where_the_rules_say_so(self) -> None:
        school = await a_school(sections_in_order=True)
        with pytest.raises(Blocked) as refusal:
            await school.start()
        assert [(block.rule, block.missing) for block in refusal.value.blocks] == [(Rule.ORDER, (LESSON,))]

    async def test_so_many_attempts_are_allowed(self) -> None:
        school = await a_school(attempts_allowed=2)
        for _ in range(2):
            await school.do(SubmitAttempt((await school.start()).id, WRONG))
        with pytest.raises(Blocked) as refusal:
            await school.start()
        assert [block.rule for block in refusal.value.blocks] == [Rule.ATTEMPTS]

    async def test_one_waits_between_attempts(self) -> None:
        school = await a_school(wait_minutes=60)
        attempt = await school.start()
        school.pass_time(minutes=5)
        await school.do(SubmitAttempt(attempt.id, WRONG))
        school.pass_time(minutes=59)
        with pytest.raises(Blocked) as refusal:
            await school.start()
        assert [(block.rule, block.opens_at) for block in refusal.value.blocks] == [
            (Rule.WAIT, NOW + timedelta(minutes=65))
        ]
        school.pass_time(minutes=1)
        assert (await school.start()).number == 2


class TestSaving:
    async def test_answers_are_kept(self, school: School) -> None:
        attempt = await school.start()
        saved = await school.do(SaveAnswers(attempt.id, HALF, frozenset({1})))
        assert ([item.answer for item in saved.items], saved.version) == ([True, None], 2)
        saved = await school.do(SaveAnswers(attempt.id, {Q1: None, Q2: False}, frozenset({2})))
        assert [item.answer for item in saved.items] == [None, False]

    async def test_a_stale_version_is_refused(self, school: School) -> None:
        attempt = await school.start()
        await school.do(SaveAnswers(attempt.id, HALF))
        with pytest.raises(StaleVersion):
            await school.do(SaveAnswers(attempt.id, RIGHT, frozenset({1})))

    async def test_an_answer_that_does_not_fit_is_refused(self, school: School) -> None:
        attempt = await school.start()
        with pytest.raises(InvalidValue) as refusal:
            await school.do(SaveAnswers(attempt.id, {Q2: "yes"}))
        assert refusal.value.field == ("answers", str(Q2))

    @pytest.mark.parametrize("actor", [BEN, MANAGER, COMPLIANCE, Actor.system()], ids=lambda actor: actor.role)
    async def test_nobody_answers_for_somebody_else(self, school: School, actor: Actor) -> None:
        attempt = await school.start()
        for command in (SaveAnswers(attempt.id, RIGHT), SubmitAttempt(attempt.id), SaveAnswers(uid(404), {})):
            with pytest.raises(AttemptNotFound):
                await school.do(command, actor)
        with pytest.raises(AttemptNotFound):
            await school.do(SubmitAttempt(uid(404)))


class TestSubmitting:
    async def test_passing_completes_the_section(self, school: School) -> None:
        attempt = await school.start()
        school.pass_time(minutes=3)
        done = await school.do(SubmitAttempt(attempt.id, RIGHT))
        assert (done.status, done.percent, done.passed) == (AttemptStatus.GRADED, 100, True)
        assert done.submitted_at == school.moment
        progress = await school.progress()
        assert [section.completed_at for section in progress.sections] == [None, school.moment]
        assert progress.completed_at is None

    async def test_failing_does_not(self, school: School) -> None:
        done = await school.do(SubmitAttempt((await school.start()).id, HALF))
        assert (done.percent, done.passed) == (50, False)
        assert (await school.progress()).percent == 0

    async def test_with_the_last_section_the_module_is_completed(self) -> None:
        school = await a_school()
        await school.do(COMPLETE_LESSON)
        attempt = await school.start()
        events = await school.events_of(SubmitAttempt(attempt.id, RIGHT))
        assert {type(event) for event in events} == {
            AttemptGraded,
            SectionCompleted,
            ModuleCompleted,
            TrainingRecorded,
            CertificateIssued,
        }
        assert (await school.progress()).completed_at == NOW

    async def test_it_is_completed_once(self) -> None:
        school = await a_school()
        await school.do(COMPLETE_LESSON)
        await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        practice = await school.start()
        events = await school.events_of(SubmitAttempt(practice.id, RIGHT))
        assert [type(event) for event in events] == [AttemptGraded]

    async def test_the_grade_is_reported(self, school: School) -> None:
        attempt = await school.start()
        (event,) = await school.events_of(SubmitAttempt(attempt.id, HALF))
        assert isinstance(event, AttemptGraded)
        assert (event.attempt_id, event.user_id, event.number) == (attempt.id, uid(1), 1)
        assert (event.percent, event.pass_mark, event.passed, event.submitted_at) == (50, 80, False, NOW)

    async def test_twice_is_refused(self, school: School) -> None:
        attempt = await school.start()
        await school.do(SubmitAttempt(attempt.id, WRONG))
        for command in (SubmitAttempt(attempt.id, RIGHT), SubmitAttempt(attempt.id), SaveAnswers(attempt.id, RIGHT)):
            with pytest.raises(AttemptClosed):
                await school.do(command)

    async def test_the_first_attempt_that_passes_counts(self, school: School) -> None:
        await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        school.pass_time(days=1)
        practice = await school.start()
        assert practice.number == 2
        await school.do(SubmitAttempt(practice.id, WRONG))
        assert [section.completed_at for section in (await school.progress()).sections] == [None, NOW]


TIMED = Quiz(time_limit_seconds=60)


class TestTimeLimit:
    async def overdue(self, answers: dict[UUID, Any], **rules: Any) -> tuple[School, UUID]:
        """With an attempt in which these answers were saved in time."""
        school = await a_school(TIMED, **rules)
        attempt = await school.start()
        assert attempt.deadline == NOW + timedelta(seconds=60)
        await school.do(SaveAnswers(attempt.id, answers))
        school.pass_time(seconds=61)
        return school, attempt.id

    async def test_late_answers_are_refused(self) -> None:
        school, attempt_id = await self.overdue(HALF)
        for command in (SaveAnswers(attempt_id, RIGHT), SubmitAttempt(attempt_id, RIGHT)):
            with pytest.raises(AttemptExpired):
                await school.do(command)

    async def test_a_late_submit_grades_what_was_saved_in_time(self) -> None:
        school, attempt_id = await self.overdue(HALF)
        done = await school.do(SubmitAttempt(attempt_id))
        assert (done.percent, done.submitted_at) == (50, NOW + timedelta(seconds=60))

    async def test_handing_it_in_completes_the_section_as_of_the_deadline(self) -> None:
        school, attempt_id = await self.overdue(RIGHT)
        assert (await school.do(SubmitAttempt(attempt_id))).passed is True
        progress = await school.progress()
        assert [section.completed_at for section in progress.sections] == [None, NOW + timedelta(seconds=60)]

    @pytest.mark.parametrize("reader", [ANA, MANAGER, COMPLIANCE], ids=lambda actor: actor.role)
    async def test_every_reader_sees_it_graded(self, reader: Actor) -> None:
        school, attempt_id = await self.overdue(RIGHT)
        seen = await school.do(ReadAttempt(attempt_id), reader)
        assert (seen.status, seen.submitted_at, seen.passed) == (AttemptStatus.GRADED, seen.deadline, True)
        assert await school.do(ReadAttempt(attempt_id), reader) == seen
        assert (await school.progress()).percent == 50

    async def test_handing_it_in_when_it_is_graded_already_changes_nothing(self) -> None:
        school, attempt_id = await self.overdue(HALF)
        graded = await school.do(ReadAttempt(attempt_id))
        assert await school.do(SubmitAttempt(attempt_id)) == graded
        with pytest.raises(AttemptExpired):
            await school.do(SubmitAttempt(attempt_id, RIGHT))

    async def test_starting_another_closes_it(self) -> None:
        school, attempt_id = await self.overdue(HALF)
        assert (await school.start()).number == 2
        assert (await school.do(ReadAttempt(attempt_id))).percent == 50

    async def test_when_it_passed_the_section_is_completed_before_another_begins(self) -> None:
        school, _ = await self.overdue(RIGHT)
        assert (await school.start()).number == 2
        assert (await school.progress()).percent == 50

    async def test_when_no_other_is_allowed_it_is_graded_all_the_same(self) -> None:
        school, attempt_id = await self.overdue(HALF, attempts_allowed=1)
        with pytest.raises(Blocked):
            await school.start()
        seen = await school.do(ReadAttempt(attempt_id))
        assert (seen.status, seen.version) == (AttemptStatus.GRADED, 3)


class TestReading:
    @pytest.mark.parametrize("reader", [ANA, MANAGER, COMPLIANCE, Actor.system()], ids=lambda actor: actor.role)
    async def test_who_sees_it_sees_the_same(self, school: School, reader: Actor) -> None:
        attempt = await school.start()
        assert await school.do(ReadAttempt(attempt.id), reader) == attempt

    @pytest.mark.parametrize("reader", [BEN, OTHER_MANAGER, AUTHOR], ids=lambda actor: actor.role)
    async def test_for_others_it_looks_as_if_missing(self, school: School, reader: Actor) -> None:
        attempt = await school.start()
        with pytest.raises(AttemptNotFound):
            await school.do(ReadAttempt(attempt.id), reader)
        with pytest.raises(EnrollmentNotFound):
            await school.do(ListAttempts(M, uid(1)), reader)

    async def test_attempts_are_listed_newest_first(self, school: School) -> None:
        first = await school.start()
        await school.do(SubmitAttempt(first.id, HALF))
        school.pass_time(minutes=1)
        second = await school.start()
        for reader in (ANA, MANAGER, COMPLIANCE):
            page = await school.do(ListAttempts(M, uid(1)), reader)
            assert [(item.id, item.percent) for item in page.items] == [(second.id, None), (first.id, 50)]
        assert (await school.do(ListAttempts(M, uid(2)), COMPLIANCE)).items == []


class TestBegunAnew:
    async def test_attempts_count_also_after_one_has_passed(self) -> None:
        school = await a_school(TIMED, attempts_allowed=1)
        await school.do(COMPLETE_LESSON)
        await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        with pytest.raises(Blocked) as refused:
            await school.start()
        assert [block.rule for block in refused.value.blocks] == [Rule.ATTEMPTS]

    async def test_practice_that_ran_out_of_time_is_graded_even_if_no_other_may_follow(self) -> None:
        school = await a_school(TIMED, attempts_allowed=2)
        await school.do(COMPLETE_LESSON)
        await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        practice = await school.start()
        school.pass_time(hours=1)
        with pytest.raises(Blocked):
            await school.start()
        closed = await school.do(ReadAttempt(practice.id))
        assert (closed.status, closed.passed) == (AttemptStatus.GRADED, False)

    async def test_an_attempt_of_an_earlier_cycle_is_superseded(self) -> None:
        school = await a_school(TIMED, attempts_allowed=2)
        await school.do(COMPLETE_LESSON)
        await school.do(SubmitAttempt((await school.start()).id, RIGHT))
        practice = await school.start()
        await school.do(RenewEnrollment(M, uid(1), "Annual refresher."), COMPLIANCE)
        done = await school.do(ReadAttempt(practice.id))
        assert (done.status, done.percent) == (AttemptStatus.SUPERSEDED, None)
        assert (await school.progress()).percent == 0
        with pytest.raises(AttemptClosed):
            await school.do(SubmitAttempt(practice.id, RIGHT))
        assert (await school.start()).number == 3

    async def test_attempts_count_through_withdrawal_until_a_new_cycle_is_granted(self) -> None:
        school = await a_school(attempts_allowed=1)
        await school.do(COMPLETE_LESSON)
        await school.do(SubmitAttempt((await school.start()).id, HALF))
        await school.do(WithdrawEnrollment(M, uid(1)), COMPLIANCE)
        await school.do(EnrollUser(M, uid(1)), COMPLIANCE)
        with pytest.raises(Blocked) as refused:
            await school.start()
        assert [block.rule for block in refused.value.blocks] == [Rule.ATTEMPTS]
        await school.do(RenewEnrollment(M, uid(1), "She has read it once more with me."), COMPLIANCE)
        assert (await school.start()).number == 2
        granted = await school.do(ReadEnrollment(M, uid(1)))
        assert granted.grant_reason == "She has read it once more with me."
        assert (granted.granted_by, granted.granted_at) == (COMPLIANCE.user_id, NOW)

    async def test_when_its_learner_was_withdrawn_it_stays_without_a_grade(self) -> None:
        school = await a_school(TIMED)
        attempt = await school.start()
        await school.do(WithdrawEnrollment(M, uid(1)), COMPLIANCE)
        for reader in (ANA, COMPLIANCE):
            assert (await school.do(ReadAttempt(attempt.id), reader)).status is AttemptStatus.SUPERSEDED
        school.pass_time(hours=1)
        with pytest.raises(AttemptClosed):
            await school.do(SubmitAttempt(attempt.id))
        assert (await school.do(ReadAttempt(attempt.id), COMPLIANCE)).percent is None
