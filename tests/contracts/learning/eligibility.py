"""The contract of learning: enrollments as they are learned in, and what progress rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from application.assessment.ports import Attempts
from application.evidence.ports import Records
from application.kernel.lists import Present
from application.kernel.units import Unit
from application.learning.ports import Enrollments, VersionMove
from application.learning.progress.queries import ProgressReader
from contracts import about
from contracts.backend import Backend, change_enrollment, change_module, save
from contracts.make import (
    PRESENT,
    UNICODE,
    UTC_DAYS,
    T,
    a_module,
    a_published_module,
    a_question,
    a_section,
    a_user,
    an_enrollment,
    later,
    question_id,
    section_id,
    uid,
    user_id,
)
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.completion_rules import CompletionRules
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.questions import TrueFalse
from domain.catalogue.sections import Attestation, Lesson, Quiz
from domain.catalogue.versions import ModuleVersion
from domain.evidence.records import TrainingRecord
from domain.kernel.errors import StaleVersion
from domain.learning.completion import AttemptCounts, Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.enrollment_events import EnrollmentNotFound
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass

LESSON, QUIZ, STATEMENT = section_id(1), section_id(2), section_id(3)
TODAY = T.date()


async def begin(backend: Backend, **rules: Any) -> ModuleVersion:
    """The user 1 in module 1: a lesson, a quiz and an attestation."""
    sections = [
        a_section(1, Lesson("Text")),
        a_section(2, Quiz(), [a_question(1, TrueFalse(True))]),
        a_section(3, Attestation("I have read it.")),
    ]
    module, version = a_published_module(1, sections=sections)
    version = replace(version, settings=replace(version.settings, rules=CompletionRules(**rules)))
    await save(backend, module, version, a_user(1, full_name="Ana", job_title="Hygienist"))
    await save(backend, a_user(2, full_name="Ben", job_title="Technician", department="Lab"))
    await save(backend, an_enrollment(1, 1))
    return version


async def learn(backend: Backend, what: Callable[[Enrollment], object], user: int = 1) -> None:
    await change_enrollment(backend, uid(1), user_id(user), what)


async def loaded(backend: Backend, user: int = 1, module: int = 1) -> Enrollment:
    return await backend.units.run(lambda unit: unit.port(Enrollments).for_learning(uid(module), user_id(user)))


async def eligibility(backend: Backend, user: int = 1, at: Present = PRESENT) -> Eligibility:
    async def work(unit: Unit) -> Eligibility:
        enrollments = unit.port(Enrollments)
        return await enrollments.eligibility(await enrollments.for_learning(uid(1), user_id(user)), at)

    return await backend.units.run(work)


async def attempt(
    backend: Backend,
    version: ModuleVersion,
    n: int,
    *,
    section: UUID = QUIZ,
    user: int = 1,
    graded: float | None = 60,
    cycle: UUID | None = None,
    grant: int = 0,
) -> None:
    """Attempt n of the user, handed in so many seconds after T, or still open."""
    enrollment = an_enrollment(1, user, version=version.number)
    enrollment.cycle_id = cycle or enrollment.cycle_id
    attempt_id = uid(80_000 + 100 * user + n)
    made = QuizAttempt.start(attempt_id, enrollment, version, section, number=n, seed=1, now=T, grant_number=grant)
    if graded is not None:
        made.submit({question_id(1): True}, now=later(seconds=graded))
    await backend.units.run(lambda unit: unit.port(Attempts).add(made))


async def record(backend: Backend, n: int, *, user: int = 1, module: int = 2, valid_until: date | None = None) -> None:
    """A record of the module, valid from TODAY."""
    _, version = a_published_module(module)
    enrollment = an_enrollment(module, user)
    enrollment.cycle_id = uid(90_000 + n)
    made = TrainingRecord.online(
        uid(95_000 + n),
        days=UTC_DAYS,
        user=a_user(user),
        version=version,
        enrollment=enrollment,
        recorded_by=None,
        now=T,
    )
    made = replace(made, valid_until=valid_until)
    await backend.units.run(lambda unit: unit.port(Records).add(made))


def a_grant(number: int, *, user: int = 1, module: int = 1) -> CycleGrant:
    """The grant with this number, of a cycle of its own."""
    cycle = uid(96_000 + 100 * module + 10 * user + number)
    return CycleGrant(uid(module), user_id(user), number, cycle, 1, UNICODE, user_id(9), later(hours=1))


async def keep_grants(backend: Backend, *grants: CycleGrant) -> None:
    async def work(unit: Unit) -> None:
        for grant in grants:
            await unit.port(Enrollments).keep_grant(grant)

    await backend.units.run(work)


def confirm(version: ModuleVersion) -> Callable[[Enrollment], object]:
    return lambda e: e.complete_section(
        STATEMENT, version, Eligibility(), attestation="I have read it.", now=later(days=3)
    )


async def require(backend: Backend, *first: int) -> None:
    """Publish these modules and have them come before module 1."""
    for n in first:
        await save(backend, *a_published_module(n, sections=[a_section(10 + n)]))
    known = {uid(n): () for n in first}
    await change_module(backend, uid(1), lambda module: module.require_first(list(known), known, now=T))


@about(Enrollments, ProgressReader)
class TestLearning:
    async def test_what_is_completed_is_kept(self, backend: Backend) -> None:
        version = await begin(backend)
        await learn(backend, lambda e: e.start(now=later(minutes=1)))
        await learn(
            backend,
            lambda e: e.complete_section(LESSON, version, Eligibility(), attestation=None, now=later(minutes=2)),
        )
        passed = QuizPass(uid(77), 2, 87.5, 80)
        await learn(backend, lambda e: e.pass_quiz(QUIZ, version, Eligibility(), passed, now=later(minutes=3)))
        await learn(backend, confirm(version))
        found = await loaded(backend)
        assert (found.started_at, found.completed_at, found.version) == (later(minutes=1), later(days=3), 6)
        done = [
            (d.section_id, d.completed_at, d.attestation, d.attempt_id, d.attempt_number, d.score)
            for d in found.completions
        ]
        assert done == [
            (LESSON, later(minutes=2), None, None, None, None),
            (QUIZ, later(minutes=3), None, uid(77), 2, 87.5),
            (STATEMENT, later(days=3), "I have read it.", None, None, None),
        ]

    async def test_it_is_reported(self, backend: Backend) -> None:
        version = await begin(backend)
        told: list[str] = []

        async def work(unit: Unit) -> None:
            enrollment = await unit.port(Enrollments).for_learning(uid(1), user_id(1))
            enrollment.complete_section(LESSON, version, Eligibility(), attestation=None, now=T)
            told.extend(type(event).__name__ for event in unit.take_events())

        await backend.units.run(work)
        assert told == ["ModuleStarted", "SectionCompleted"]

    async def test_beginning_again_clears_what_was_completed(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await learn(backend, confirm(version))

        def renew(enrollment: Enrollment) -> None:
            enrollment.completed_at = T
            standing = enrollment.standing(version, Eligibility())
            enrollment.renew(2, uid(555), standing, reason=UNICODE, by=None, now=later(days=9), days=UTC_DAYS)

        await learn(backend, renew)
        found = await loaded(backend)
        assert (found.version_number, found.cycle_id, found.started_at, found.completed_at) == (2, uid(555), None, None)
        assert found.completions == []
        await learn(backend, confirm(version))
        assert [done.section_id for done in (await loaded(backend)).completions] == [STATEMENT]

    async def test_an_enrollment_that_was_learned_in_can_be_taken_back(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await learn(backend, confirm(version))

        async def withdraw(unit: Unit) -> None:
            enrollments = unit.port(Enrollments)
            await enrollments.remove(await enrollments.get(uid(1), user_id(1)))

        await backend.units.run(withdraw)
        await save(backend, an_enrollment(1, 1))
        assert (await loaded(backend)).completions == []

    async def test_an_unknown_enrollment_is_not_found(self, backend: Backend) -> None:
        await begin(backend)
        with pytest.raises(EnrollmentNotFound):
            await loaded(backend, user=2)


@about(Enrollments, ProgressReader)
class TestEligibility:
    async def test_there_may_be_none(self, backend: Backend) -> None:
        await begin(backend)
        assert await eligibility(backend) == Eligibility((), {})

    async def test_tries_are_the_graded_attempts_of_the_person_at_the_version(self, backend: Backend) -> None:
        version = await begin(backend)
        await save(backend, an_enrollment(1, 2))
        await attempt(backend, version, 1, graded=60)
        await attempt(backend, version, 2, graded=30)
        await attempt(backend, version, 3, graded=None)
        await attempt(backend, version, 1, user=2, graded=90)
        assert (await eligibility(backend)).attempt_counts == {QUIZ: AttemptCounts(2, later(seconds=60))}
        assert (await eligibility(backend, user=2)).attempt_counts == {QUIZ: AttemptCounts(1, later(seconds=90))}

    async def test_they_count_through_every_enrollment_until_a_new_cycle_is_granted(self, backend: Backend) -> None:
        version = await begin(backend)
        await attempt(backend, version, 1, graded=60)
        await attempt(backend, version, 2, graded=90, cycle=uid(556))
        await attempt(backend, replace(version, number=2), 3, graded=120)
        assert await eligibility(backend) == Eligibility(attempt_counts={QUIZ: AttemptCounts(2, later(seconds=90))})
        await keep_grants(backend, a_grant(1), a_grant(1, user=2), a_grant(2, user=2), a_grant(1, module=2))
        assert await eligibility(backend) == Eligibility(grants=1)
        await attempt(backend, version, 4, graded=150, cycle=uid(557), grant=1)
        assert await eligibility(backend) == Eligibility(
            attempt_counts={QUIZ: AttemptCounts(1, later(seconds=150))}, grants=1
        )

    async def test_no_grant_is_there_twice(self, backend: Backend) -> None:
        await keep_grants(backend, a_grant(1))
        with pytest.raises(StaleVersion):
            await keep_grants(backend, replace(a_grant(1), cycle_id=uid(558)))

    async def test_prerequisites_are_missing_without_a_valid_record(self, backend: Backend) -> None:
        await begin(backend)
        await require(backend, 4, 2, 3)
        assert (await eligibility(backend)).prerequisites == (uid(2), uid(3), uid(4))
        await record(backend, 1, module=2)
        await record(backend, 2, module=3, valid_until=TODAY)
        await record(backend, 3, module=4, user=2)
        assert (await eligibility(backend)).prerequisites == (uid(4),)
        assert (await eligibility(backend, at=Present(later(days=1)))).prerequisites == (uid(3), uid(4))

    async def test_what_is_not_offered_keeps_nobody_waiting(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, a_module(5), a_module(6, status=ModuleStatus.ARCHIVED))
        await require(backend, 2)
        known = dict.fromkeys((uid(2), uid(5), uid(6)), ())
        await change_module(backend, uid(1), lambda m: m.require_first([uid(6), uid(5), uid(2)], known, now=T))
        assert (await eligibility(backend)).prerequisites == (uid(2),)


@about(VersionMove)
class TestMoving:
    async def test_the_versions_of_incomplete_enrollments(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await save(backend, a_user(3), a_user(4), a_module(2))
        await save(
            backend, an_enrollment(1, 2, version=3), an_enrollment(1, 3, version=2), an_enrollment(1, 4, version=3)
        )
        await save(backend, an_enrollment(2, 1, version=9))

        def complete(enrollment: Enrollment) -> None:
            enrollment.complete_section(STATEMENT, version, Eligibility(), attestation="I have read it.", now=T)
            enrollment.completed_at = T

        await learn(backend, complete, user=3)
        assert await backend.units.run(lambda unit: unit.port(VersionMove).versions(uid(1))) == [1, 3]
        assert await backend.units.run(lambda unit: unit.port(VersionMove).versions(uid(7))) == []

    async def move(self, backend: Backend, *keep: UUID) -> None:
        await backend.units.run(lambda unit: unit.port(VersionMove).move(uid(1), 1, 2, frozenset(keep), later(days=9)))

    async def test_what_still_counts_is_kept(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await learn(backend, confirm(version))
        await learn(backend, lambda e: e.complete_section(LESSON, version, Eligibility(), attestation=None, now=T))
        before = await loaded(backend)
        await self.move(backend, LESSON, section_id(9))
        found = await loaded(backend)
        assert (found.version_number, [done.section_id for done in found.completions]) == (2, [LESSON])
        assert (found.version, found.updated_at) == (before.version + 1, later(days=9))
        assert (found.cycle_id, found.started_at, found.completed_at) == (before.cycle_id, before.started_at, None)

    async def test_nothing_need_be_kept(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await learn(backend, confirm(version))
        await self.move(backend)
        assert (await loaded(backend)).completions == []

    async def test_only_incomplete_enrollments_in_that_version_move(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await save(backend, a_user(3), a_module(2))
        await save(backend, an_enrollment(1, 2), an_enrollment(1, 3, version=3), an_enrollment(2, 1))

        def complete(enrollment: Enrollment) -> None:
            enrollment.complete_section(STATEMENT, version, Eligibility(), attestation="I have read it.", now=T)
            enrollment.completed_at = T

        await learn(backend, complete, user=2)
        await self.move(backend)
        completed = await loaded(backend, user=2)
        assert (completed.version_number, len(completed.completions)) == (1, 1)
        assert (await loaded(backend, user=3)).version_number == 3
        assert (await loaded(backend, module=2)).version_number == 1
        assert (await loaded(backend)).version_number == 2
