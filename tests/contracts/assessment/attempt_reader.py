"""The contract of the reader of attempts."""

from __future__ import annotations

from uuid import UUID

from application.assessment.queries import AttemptReader, AttemptSummary, StoredGrade
from application.assessment.views import AttemptView
from application.kernel.access import EVERYONE, Scope
from contracts import about
from contracts.assessment.attempts import a_graded_attempt, an_attempt, change, found, keep
from contracts.backend import Backend, pages, plain, save
from contracts.make import (
    NOBODY,
    QUESTIONS,
    a_module,
    a_question,
    a_section,
    a_user,
    later,
    question_id,
    section_id,
    uid,
    user_id,
)
from contracts.people.scopes import DEPARTMENTS, SCOPES, people
from domain.assessment.attempts import AttemptStatus, QuizAttempt
from domain.assessment.grading import grade
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.sections import Quiz


def summary(attempt: QuizAttempt) -> AttemptSummary:
    return AttemptSummary(
        attempt.id,
        attempt.section_id,
        attempt.version_number,
        attempt.number,
        attempt.status,
        attempt.started_at,
        attempt.deadline,
        attempt.submitted_at,
        attempt.max_points,
        attempt.points,
        attempt.percent,
        attempt.passed,
    )


@about(AttemptReader)
class TestAttemptLists:
    async def listed(self, backend: Backend, scope: Scope, user: int = 1, limit: int = 50) -> list[list[UUID]] | None:
        reader = backend.reader(AttemptReader)
        if await reader.of_enrollment(scope, uid(1), user_id(user), None, limit) is None:
            return None
        listed = await pages(
            lambda after, limit: reader.of_enrollment(scope, uid(1), user_id(user), after, limit), limit
        )
        return [[item.id for item in page] for page in listed]

    async def test_the_attempts_of_an_enrollment_are_listed_newest_first(self, backend: Backend) -> None:
        first, second = a_graded_attempt(9), an_attempt(2, number=2, now=later(minutes=5))
        expected = [summary(second), summary(first)]
        await save(backend, a_module(1), a_user(1), a_user(2))
        await keep(backend, first, second, an_attempt(3, user=2, cycle=701), an_attempt(4, module=2, cycle=702))
        page = await backend.reader(AttemptReader).of_enrollment(EVERYONE, uid(1), user_id(1), None, 50)
        assert page is not None
        assert (page.items, page.next) == (expected, None)

    async def test_they_are_paged(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))
        await keep(backend, *(an_attempt(n, cycle=700 + n, now=later(minutes=n // 2)) for n in range(1, 6)))
        assert await self.listed(backend, EVERYONE, limit=2) == [[uid(5), uid(4)], [uid(3), uid(2)], [uid(1)]]
        assert await self.listed(backend, EVERYONE, limit=5) == [[uid(n) for n in (5, 4, 3, 2, 1)]]

    async def test_they_are_there_for_those_who_may_see_the_user(self, backend: Backend) -> None:
        published = a_module(1, status=ModuleStatus.PUBLISHED)
        await save(backend, published, a_user(1, department="Lab"), a_user(2))
        await keep(backend, an_attempt(1))
        lab, front = (Scope(everyone=False, user_id=user_id(7), departments=(name,)) for name in ("Lab", "Front"))
        assert await self.listed(backend, lab) == [[uid(1)]]
        assert await self.listed(backend, Scope(everyone=False, user_id=user_id(1))) == [[uid(1)]]
        assert await self.listed(backend, front) is None
        assert await self.listed(backend, lab, user=2) is None
        assert await self.listed(backend, EVERYONE, user=2) == [[]]
        assert await self.listed(backend, EVERYONE, user=404) is None

    async def test_a_module_that_is_not_there_has_no_list(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        assert await self.listed(backend, EVERYONE) is None

    async def test_nor_has_a_draft_but_for_those_who_see_everyone(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1, department="Lab"))
        assert await self.listed(backend, Scope(everyone=False, user_id=user_id(1))) is None
        assert await self.listed(backend, Scope(everyone=False, departments=("Lab",))) is None
        assert await self.listed(backend, Scope(everyone=True, drafts=False)) is None
        assert await self.listed(backend, EVERYONE) == [[]]

    async def test_what_readers_show_is_a_copy(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_user(1))
        await keep(backend, a_graded_attempt(1))
        page = await backend.reader(AttemptReader).of_enrollment(EVERYONE, uid(1), user_id(1), None, 50)
        assert page is not None
        page.items[0].percent = 0
        assert (await found(backend, 1)).percent == 39.58


@about(AttemptReader)
class TestAttemptDetail:
    async def shown(self, backend: Backend, n: int, scope: Scope = EVERYONE) -> AttemptView | None:
        return await backend.reader(AttemptReader).detail(scope, uid(n))

    async def test_it_shows_what_the_attempt_does(self, backend: Backend) -> None:
        superseded = an_attempt(3, number=3)
        superseded.supersede(now=later(seconds=1))
        revealed = a_graded_attempt(2, number=2, quiz=Quiz(partial_credit=True))
        for attempt in (a_graded_attempt(1), revealed, superseded, an_attempt(4, number=4)):
            expected = AttemptView.of(attempt)
            await keep(backend, attempt)
            assert plain(await self.shown(backend, attempt.id.int)) == plain(expected)

    async def test_right_answers_are_shown_when_the_policy_allows(self, backend: Backend) -> None:
        await keep(backend, a_graded_attempt(1), a_graded_attempt(2, number=2, quiz=Quiz(feedback="after_submission")))
        for n, revealed in ((1, False), (2, True)):
            attempt = await self.shown(backend, n)
            assert attempt is not None
            assert {item.result is not None for item in attempt.items} == {revealed}

    async def test_one_whose_time_is_over_is_shown_as_it_is_stored(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))
        attempt = await self.shown(backend, 1)
        assert attempt is not None
        assert (attempt.status, attempt.deadline, attempt.version) == (AttemptStatus.OPEN, later(seconds=600), 1)

    async def test_its_version_counts_on(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))
        await change(backend, 1, lambda attempt: attempt.save({question_id(1): "b"}, now=later(seconds=1)))
        attempt = await self.shown(backend, 1)
        assert attempt is not None
        answers = {item.question_id: item.answer for item in attempt.items if item.answer is not None}
        assert (answers, attempt.version) == ({question_id(1): "b"}, 2)

    @SCOPES
    async def test_what_is_outside_the_scope_is_not_there(
        self, backend: Backend, scope: Scope, within: list[int]
    ) -> None:
        await people(backend)
        await keep(backend, *(an_attempt(n, user=n, cycle=700 + n) for n in DEPARTMENTS))
        assert [n for n in sorted(DEPARTMENTS, reverse=True) if await self.shown(backend, n, scope)] == within
        assert await self.shown(backend, 404, scope) is None


@about(AttemptReader)
class TestQuizTries:
    async def test_the_questions_are_those_the_quiz_has_now(self, backend: Backend) -> None:
        quiz = a_section(1, Quiz(), [a_question(n, metadata) for n, metadata in enumerate(QUESTIONS, start=1)])
        await save(backend, a_module(1, sections=[quiz, a_section(2)]), a_module(2))
        reader = backend.reader(AttemptReader)
        found = await reader.questions(uid(1), section_id(1))
        assert found is not None
        assert list(found.metadata.items()) == [
            (question_id(n), metadata) for n, metadata in enumerate(QUESTIONS, start=1)
        ]
        lesson = await reader.questions(uid(1), section_id(2))
        assert lesson is not None
        assert lesson.metadata == {}
        assert await reader.questions(uid(2), section_id(1)) is None
        assert await reader.questions(uid(1), NOBODY) is None
        assert await reader.questions(NOBODY, section_id(1)) is None

    async def test_tries_are_the_graded_attempts_newest_first(self, backend: Backend) -> None:
        attempts = [a_graded_attempt(n, cycle=700 + n, after=n) for n in range(1, 5)]
        await keep(backend, *attempts, an_attempt(8, cycle=708), a_graded_attempt(9, section=2))
        reader = backend.reader(AttemptReader)
        found = (await reader.tries(section_id(1), 3)).tries
        assert [(one.marks, one.answers) for one in found] == [
            (attempt.marks, attempt.answers) for attempt in reversed(attempts[1:])
        ]
        assert (await reader.tries(NOBODY, 3)).tries == []

    async def test_graded_attempts_come_page_by_page_with_what_they_rest_on(self, backend: Backend) -> None:
        attempts = [a_graded_attempt(n, cycle=700 + n) for n in range(1, 6)]
        await keep(backend, *attempts, an_attempt(6, cycle=706))
        reader = backend.reader(AttemptReader)
        stored: list[StoredGrade] = []
        after: UUID | None = None
        while page := await reader.graded(after, 2):
            stored += page
            after = page[-1].attempt_id
        assert [each.attempt_id for each in stored] == [uid(n) for n in range(1, 6)]
        for each, attempt in zip(stored, attempts, strict=True):
            assert (each.items, each.answers, each.policy) == (attempt.items, attempt.answers, attempt.policy)
            assert each.grade == grade(each.items, each.answers, each.policy)
