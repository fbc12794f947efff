"""The contract of the reader of progress."""

from __future__ import annotations

from application.kernel.access import EVERYONE, Scope
from application.learning.progress.queries import ConfirmedStatement, Progress, ProgressReader
from contracts import about
from contracts.backend import Backend, change_enrollment, plain, save
from contracts.learning.eligibility import (
    LESSON,
    QUIZ,
    STATEMENT,
    attempt,
    begin,
    confirm,
    eligibility,
    learn,
    loaded,
    record,
    require,
)
from contracts.make import PRESENT, T, an_enrollment, cycle_id, later, uid, user_id
from domain.learning.completion import AttemptCounts, Eligibility, Rule
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass, SectionCompletion


@about(ProgressReader)
class TestProgressReader:
    async def progress(self, backend: Backend, scope: Scope = EVERYONE) -> Progress:
        found = await backend.reader(ProgressReader).of(scope, uid(1), user_id(1), PRESENT)
        assert found is not None
        return Progress.of(found, later(minutes=5))

    async def test_at_the_beginning(self, backend: Backend) -> None:
        await begin(backend)
        progress = await self.progress(backend)
        assert (progress.module_id, progress.user_id, progress.version_number) == (uid(1), user_id(1), 1)
        assert (progress.started_at, progress.completed_at, progress.percent) == (None, None, 0)
        assert (progress.next_section_id, progress.blocked_by, progress.enrollment_version) == (LESSON, (), 1)
        assert [(s.section_id, s.position, s.title, s.kind) for s in progress.sections] == [
            (LESSON, 1, "Section 1", "lesson"),
            (QUIZ, 2, "Section 2", "quiz"),
            (STATEMENT, 3, "Section 3", "attestation"),
        ]
        assert [[block.rule for block in s.blocked_by] for s in progress.sections] == [[], [Rule.ORDER], [Rule.ORDER]]

    async def test_it_is_what_the_enrollment_itself_says(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False, attempts_allowed=2, minimum_minutes=10)
        await require(backend, 2, 3)
        await record(backend, 1, module=3)
        await learn(backend, lambda e: e.complete_section(LESSON, version, Eligibility(), attestation=None, now=T))
        await attempt(backend, version, 1)
        await attempt(backend, version, 2)
        found = await backend.reader(ProgressReader).of(EVERYONE, uid(1), user_id(1), PRESENT)
        assert found is not None
        enrollment = await loaded(backend)
        assert found.standing.eligibility == Eligibility((uid(2),), {QUIZ: AttemptCounts(2, later(seconds=60))})
        assert found.standing == enrollment.standing(version, await eligibility(backend))
        assert (found.version, found.completed_at) == (enrollment.version, None)

    async def test_when_all_is_done(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        for section in (LESSON, QUIZ):
            passed = QuizPass(uid(77), 1, 100, 80)
            await learn(backend, lambda e, s=section, p=passed: e.pass_quiz(s, version, Eligibility(), p, now=T))  # type: ignore[misc]
        await learn(backend, confirm(version))
        progress = await self.progress(backend)
        assert (progress.started_at, progress.completed_at) == (T, later(days=3))
        assert (progress.percent, progress.next_section_id) == (100, None)
        assert [section.completed_at for section in progress.sections] == [T, T, later(days=3)]

    async def test_it_is_shown_to_those_who_may_see_the_learner(self, backend: Backend) -> None:
        await begin(backend)
        await save(backend, an_enrollment(1, 2))
        reader = backend.reader(ProgressReader)
        herself = Scope(everyone=False, user_id=user_id(1))
        lab = Scope(everyone=False, user_id=user_id(9), departments=("Lab",))
        assert plain(await self.progress(backend, herself)) == plain(await self.progress(backend))
        assert await reader.of(herself, uid(1), user_id(2), PRESENT) is None
        assert await reader.of(lab, uid(1), user_id(1), PRESENT) is None
        assert await reader.of(lab, uid(1), user_id(2), PRESENT) is not None

    async def test_who_is_not_enrolled_has_none(self, backend: Backend) -> None:
        await begin(backend)
        reader = backend.reader(ProgressReader)
        assert await reader.of(EVERYONE, uid(1), user_id(2), PRESENT) is None
        assert await reader.of(EVERYONE, uid(2), user_id(1), PRESENT) is None

    async def test_marks_of_others_do_not_count(self, backend: Backend) -> None:
        version = await begin(backend, sections_in_order=False)
        await save(backend, an_enrollment(1, 2))
        await learn(backend, confirm(version), user=2)
        await attempt(backend, version, 1, user=2)
        assert cycle_id(1, 1) != cycle_id(1, 2)
        found = await backend.reader(ProgressReader).of(EVERYONE, uid(1), user_id(1), PRESENT)
        assert found is not None
        assert (found.standing.done, found.standing.eligibility) == ({}, Eligibility())

    async def test_what_somebody_has_confirmed(self, backend: Backend) -> None:
        await begin(backend)
        reader = backend.reader(ProgressReader)
        assert await reader.confirmed_by(user_id(1)) == []

        def confirms(enrollment: Enrollment) -> None:
            enrollment.completions.append(SectionCompletion(LESSON, T))
            enrollment.completions.append(SectionCompletion(STATEMENT, T, attestation="I have read it."))

        await change_enrollment(backend, uid(1), user_id(1), confirms)
        assert await reader.confirmed_by(user_id(1)) == [ConfirmedStatement(uid(1), STATEMENT, "I have read it.", T)]
        assert await reader.confirmed_by(user_id(2)) == []
