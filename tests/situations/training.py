"""Situations in which people learn, are tested, and evidence is written."""

from __future__ import annotations

from datetime import timedelta

from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.catalogue.modules.commands import EditModule, PublishModule
from application.catalogue.sections.commands import RemoveSection
from application.evidence.certificates.commands import RevokeCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.voiding import VoidRecord
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.learning.enrollments.commands import EnrollUser, EnrollUsers, WithdrawEnrollment
from application.learning.progress.commands import CompleteSection, RenewEnrollment, StartModule
from application.learning.settling import SettleEnrollment
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.reopening import Reopens
from domain.evidence.persons import Trainer
from situations import Sent, situation
from situations.stage import NAME, OFFICER, SYSTEM, TELLTALE, Stage, learner


@situation(EnrollUser)
async def one_person(stage: Stage) -> Sent:
    return EnrollUser((await stage.course()).id, await stage.person()), OFFICER


@situation(EnrollUsers)
async def several_people(stage: Stage) -> Sent:
    """One of them is enrolled already, and not named again."""
    course, enrolled = await stage.enrolled()
    await stage.person("eva")
    return EnrollUsers(course.id, (enrolled, await stage.person("ben", department=None)), (TELLTALE,)), OFFICER


@situation(WithdrawEnrollment)
async def somebody_with_an_open_attempt(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    await stage.attempt(course, user_id)
    return WithdrawEnrollment(course.id, user_id), OFFICER


@situation(StartModule)
async def the_first_day(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    return StartModule(course.id, user_id), learner(user_id)


@situation(CompleteSection)
async def the_first_section(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    return CompleteSection(course.id, user_id, course.lesson), learner(user_id)


@situation(CompleteSection)
async def the_last_section(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    attempt_id = await stage.attempt(course, user_id)
    await stage.do(SubmitAttempt(attempt_id, course.right), learner(user_id))
    return CompleteSection(course.id, user_id, course.lesson), learner(user_id)


@situation(RenewEnrollment)
async def attempts_that_are_used_up(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled(attempts_allowed=1)
    await stage.do(SubmitAttempt(await stage.attempt(course, user_id)), learner(user_id))
    return RenewEnrollment(course.id, user_id, f"Because of {TELLTALE}."), OFFICER


@situation(RenewEnrollment)
async def a_training_that_somebody_else_recorded(stage: Stage) -> Sent:
    """It was completed so while an attempt was open."""
    course, user_id = await stage.enrolled()
    await stage.attempt(course, user_id)
    day = stage.now().date()
    await stage.do(RecordExternalTraining(user_id, "Sharps", "Red Cross", day, module_id=course.id))
    return RenewEnrollment(course.id, user_id, f"Because of {TELLTALE}."), OFFICER


@situation(SettleEnrollment)
async def an_attempt_that_is_overdue(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled(time_limit=60)
    attempt_id = await stage.attempt(course, user_id)
    await stage.answer(course, user_id, attempt_id)
    await stage.read(course, user_id)
    stage.clock.advance(timedelta(hours=1))
    return SettleEnrollment(course.id, user_id), SYSTEM


@situation(SettleEnrollment)
async def a_minimum_time_that_is_over(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    await stage.read(course, user_id)
    await stage.do(RemoveSection(course.id, course.quiz))
    await stage.do(EditModule(course.id, rules=CompletionRules(minimum_minutes=30)))
    await stage.do(PublishModule(course.id, material=True, reopens=Reopens.NOBODY, move_enrollments=True))
    stage.clock.advance(timedelta(hours=1))
    return SettleEnrollment(course.id, user_id), SYSTEM


@situation(StartAttempt)
async def a_first_attempt(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled(time_limit=60)
    return StartAttempt(course.id, course.quiz), learner(user_id)


@situation(SaveAnswers)
async def an_answer_in_words(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    return SaveAnswers(await stage.attempt(course, user_id), course.right), learner(user_id)


@situation(SubmitAttempt)
async def an_attempt_that_fails(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    return SubmitAttempt(await stage.attempt(course, user_id)), learner(user_id)


@situation(SubmitAttempt)
async def an_attempt_that_completes_the_module(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    await stage.read(course, user_id)
    return SubmitAttempt(await stage.attempt(course, user_id), course.right), learner(user_id)


@situation(RecordExternalTraining)
async def a_certificate_from_elsewhere(stage: Stage) -> Sent:
    day, user_id = stage.now().date(), await stage.person()
    return RecordExternalTraining(user_id, "Life support", TELLTALE, day, TELLTALE, TELLTALE), OFFICER


@situation(RecordExternalTraining)
async def a_certificate_from_elsewhere_that_counts(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    return RecordExternalTraining(user_id, "Sharps", TELLTALE, stage.now().date(), module_id=course.id), OFFICER


@situation(RecordSession)
async def a_class(stage: Stage) -> Sent:
    """Of somebody who is enrolled, and somebody who is not."""
    course, enrolled = await stage.enrolled()
    begun = stage.now()
    stage.clock.advance(timedelta(hours=2))
    there = tuple(NewAttendee(each) for each in (enrolled, await stage.person("ben")))
    ended = begun + timedelta(hours=1)
    return RecordSession(course.id, begun, ended, (Trainer(NAME, TELLTALE),), there, TELLTALE, TELLTALE), OFFICER


@situation(RevokeCertificate)
async def a_certificate_that_is_wrong(stage: Stage) -> Sent:
    await stage.completed()
    serial = (await stage.record()).certificate_serial
    assert serial is not None
    return RevokeCertificate(serial, f"It is {TELLTALE}'s."), OFFICER


@situation(VoidRecord)
async def a_record_that_is_wrong(stage: Stage) -> Sent:
    await stage.completed()
    return VoidRecord((await stage.record()).id, f"It is {TELLTALE}'s."), OFFICER
