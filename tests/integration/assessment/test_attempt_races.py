"""Learners who do two things at once: on PostgreSQL both truly meet at the lock, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from application.assessment.commands import SaveAnswers, StartAttempt, SubmitAttempt
from application.assessment.queries import ListAttempts, ReadAttempt
from application.assessment.scores import CheckScores
from application.assessment.views import AttemptView
from application.catalogue.ports import Modules, Versions
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.kernel.units import Unit
from application.learning.ports import Enrollments
from application.learning.progress.queries import ReadProgress
from application.people.ports import Users
from contracts.make import T, a_question, a_user, question_id, section_id, uid, user_id
from domain.assessment.attempts import AttemptClosed
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import ModuleSection, Quiz
from domain.kernel.roles import Role
from domain.learning.enrollments import Enrollment
from integration.backends import SqlBackend, until, waiting_for_locks

M = uid(1)
ANA = Actor(user_id(1), Role.AUTHENTICATED)
FIRST, SECOND = section_id(1), section_id(2)
ENROLLMENT = "SELECT FROM training.module_enrollments FOR UPDATE"
ATTEMPT = "SELECT FROM training.quiz_attempts FOR UPDATE"


@pytest.fixture
async def backend(backend: SqlBackend) -> SqlBackend:
    """Ana is enrolled in a module of two quizzes, of three true statements each."""
    quizzes = [
        ModuleSection(
            section_id(n),
            title="Check",
            content=Quiz(),
            questions=[a_question(10 * n + place, TrueFalse(True)) for place in (1, 2, 3)],
        )
        for n in (1, 2)
    ]
    rules = CompletionRules(sections_in_order=False, pass_mark=0)
    module = TrainingModule.draft(M, title="Sharps", rules=rules, sections=quizzes, now=T)
    version = module.publish(lambda document: "0" * 64, by=None, now=T)
    enrollment = Enrollment(M, user_id(1), version_number=1, cycle_id=uid(700), enrolled_by=None, now=T)

    async def work(unit: Unit) -> None:
        await unit.port(Modules).add(module)
        await unit.port(Versions).add(version)
        await unit.port(Users).add(a_user(1))
        await unit.port(Enrollments).add(enrollment)

    await backend.units.run(work)
    return backend


async def together(backend: SqlBackend, other: SqlBackend, lock: str, *commands: Command[Any]) -> list[Any]:
    """The outcomes of Ana's commands; on PostgreSQL none passes the lock before all have reached it."""
    bus = backend.bus()
    if not backend.on_postgresql:
        return await asyncio.gather(*(bus.execute(command, ANA) for command in commands), return_exceptions=True)

    async def all_wait() -> bool:
        return await waiting_for_locks(other) == len(commands)

    async with other.database.engine.connect() as holder:
        await holder.execute(text(lock))
        tasks = [asyncio.create_task(bus.execute(command, ANA)) for command in commands]
        await until(all_wait)
    return await asyncio.gather(*tasks, return_exceptions=True)


def kinds(outcomes: list[Any]) -> Counter[type]:
    """How often each error came, and under AttemptView how often none."""
    return Counter(type(outcome) for outcome in outcomes)


async def start(backend: SqlBackend, section: UUID = FIRST) -> AttemptView:
    attempt: AttemptView = await backend.bus().execute(StartAttempt(M, section), ANA)
    return attempt


async def read(backend: SqlBackend, attempt_id: UUID) -> AttemptView:
    attempt: AttemptView = await backend.bus().ask(ReadAttempt(attempt_id), ANA)
    return attempt


async def told(backend: SqlBackend) -> Counter[str]:
    return Counter(name for name, _, _ in await backend.outbox())


async def test_of_two_submissions_one_is_graded(backend: SqlBackend, other: SqlBackend) -> None:
    attempt = await start(backend)
    outcomes = await together(
        backend,
        other,
        ENROLLMENT,
        SubmitAttempt(attempt.id, {question_id(11): True}),
        SubmitAttempt(attempt.id, {question_id(12): True, question_id(13): True}),
    )
    assert kinds(outcomes) == {AttemptView: 1, AttemptClosed: 1}
    (graded,) = (outcome for outcome in outcomes if isinstance(outcome, AttemptView))
    assert await read(backend, attempt.id) == graded
    happened = await told(backend)
    assert (happened["AttemptGraded"], happened["SectionCompleted"]) == (1, 1)
    assert (await backend.bus().ask(CheckScores(), Actor.system())).differences == ()


async def test_answers_saved_at_once_are_all_kept(backend: SqlBackend, other: SqlBackend) -> None:
    attempt = await start(backend)
    saves = [SaveAnswers(attempt.id, {question_id(10 + n): True}) for n in (1, 2, 3)]
    outcomes = await together(backend, other, ATTEMPT, *saves)
    assert kinds(outcomes) == {AttemptView: 3}
    kept = await read(backend, attempt.id)
    assert ([item.answer for item in kept.items], kept.version) == ([True, True, True], 4)


async def test_what_is_saved_while_it_is_handed_in_is_graded_or_refused(backend: SqlBackend, other: SqlBackend) -> None:
    attempt = await start(backend)
    saving, handing_in = SaveAnswers(attempt.id, {question_id(11): True}), SubmitAttempt(attempt.id)
    saved, graded = await together(backend, other, ATTEMPT, saving, handing_in)
    assert isinstance(graded, AttemptView)
    if isinstance(saved, AttemptView):
        assert graded.items[0].answer is True
    else:
        assert isinstance(saved, AttemptClosed)
        assert graded.items[0].answer is None
    assert await read(backend, attempt.id) == graded


async def test_starting_twice_makes_one_attempt(backend: SqlBackend, other: SqlBackend) -> None:
    outcomes = await together(backend, other, ENROLLMENT, *[StartAttempt(M, FIRST)] * 4)
    assert kinds(outcomes) == {AttemptView: 4}
    assert len({outcome.id for outcome in outcomes}) == 1
    listed = await backend.bus().ask(ListAttempts(M, user_id(1)), ANA)
    assert [attempt.number for attempt in listed.items] == [1]
    assert (await told(backend))["AttemptStarted"] == 1


async def test_two_last_quizzes_complete_the_module_once(backend: SqlBackend, other: SqlBackend) -> None:
    attempts = [await start(backend, section) for section in (FIRST, SECOND)]
    outcomes = await together(backend, other, ENROLLMENT, *(SubmitAttempt(attempt.id) for attempt in attempts))
    assert kinds(outcomes) == {AttemptView: 2}
    progress = await backend.bus().ask(ReadProgress(M, user_id(1)), ANA)
    assert progress.completed_at is not None
    happened = await told(backend)
    assert (happened["SectionCompleted"], happened["ModuleCompleted"], happened["CertificateIssued"]) == (2, 1, 1)
    assert [await backend.sql(f"SELECT count(*) FROM {table}") for table in ("training_records", "certificates")] == [  # noqa: S608  # our own words
        [(1,)],
        [(1,)],
    ]
