"""The contract of attempts: the repository."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.assessment.ports import Attempts, OpenAttempts, UngradedAttempts
from application.assessment.queries import AttemptReader
from application.assessment.views import AttemptView
from application.kernel.units import Unit
from application.learning.ports import Enrollments
from application.people.ports import Users
from contracts import about
from contracts.backend import Backend, plain, save
from contracts.make import NOBODY, PRESENT, QUESTIONS, UNICODE, T, a_user, later, question_id, section_id, uid, user_id
from domain.assessment.attempts import AttemptAlreadyOpen, AttemptClosed, AttemptNotFound, AttemptStatus, QuizAttempt
from domain.assessment.grading import Answer, GivenAnswer
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.questions import QuestionMetadata, TrueFalse
from domain.catalogue.sections import Quiz
from domain.catalogue.versions import ModuleVersion, VersionedQuestion, VersionedSection, VersionSettings
from domain.learning.completion import AttemptCounts
from domain.learning.enrollments import Enrollment

R = TypeVar("R")

AT_ONCE = 20

EVERY_SETTING = Quiz("", None, True, 600, True, 25, "after_passing")
ANSWERS: tuple[Answer, ...] = (
    "b",
    ("c-_1",),
    True,
    UNICODE,
    -12.3449,
    ("a", "c-_1", "b"),
    {"a": "y", "b": "y"},
)
"""One to each of QUESTIONS, some right, some wrong, some in part."""


def an_attempt(
    n: int = 1,
    *,
    user: int = 1,
    module: int = 1,
    section: int = 1,
    cycle: int = 700,
    number: int = 1,
    quiz: Quiz = EVERY_SETTING,
    questions: tuple[QuestionMetadata, ...] = QUESTIONS,
    now: datetime = T,
) -> QuizAttempt:
    """The attempt with id n at the quiz of `a_section(section)`."""
    version = ModuleVersion(
        uid(module),
        2,
        VersionSettings("Sharps", "", None, None, CompletionRules(), EvidenceTerms()),
        (VersionedSection(section_id(section), 1, "Check", quiz),),
        tuple(
            VersionedQuestion(question_id(place), section_id(section), UNICODE, place, UNICODE, metadata)
            for place, metadata in enumerate(questions, start=1)
        ),
        content_hash="",
        change_note="",
        material=False,
        published_at=T,
        published_by=None,
    )
    enrollment = an_enrollment(user=user, module=module, cycle=cycle)
    return QuizAttempt.start(uid(n), enrollment, version, section_id(section), number=number, seed=2**63 - n, now=now)


def an_enrollment(*, user: int = 1, module: int = 1, cycle: int = 700) -> Enrollment:
    return Enrollment(uid(module), user_id(user), version_number=2, cycle_id=uid(cycle), enrolled_by=None, now=T)


def a_graded_attempt(n: int = 1, *, after: float = 60, **how: Any) -> QuizAttempt:
    """One with ANSWERS, handed in so many seconds after T."""
    attempt = an_attempt(n, **how)
    attempt.submit({question_id(place): answer for place, answer in enumerate(ANSWERS, 1)}, now=later(seconds=after))
    return attempt


async def keep(backend: Backend, *attempts: QuizAttempt) -> None:
    """Add these in one unit of work."""

    async def work(unit: Unit) -> None:
        for attempt in attempts:
            await unit.port(Attempts).add(attempt)

    await backend.units.run(work)


async def found(backend: Backend, n: int) -> QuizAttempt:
    return await backend.units.run(lambda unit: unit.port(Attempts).find(uid(n)))


async def change(backend: Backend, n: int, what: Callable[[QuizAttempt], object]) -> None:
    async def work(unit: Unit) -> None:
        what(await unit.port(Attempts).get(uid(n)))

    await backend.units.run(work)


def told(attempt: QuizAttempt) -> dict[str, Any]:
    """Every field."""
    return {name: value for name, value in vars(attempt).items() if not name.startswith("_")}


@about(Attempts)
class TestAttempts:
    async def test_an_attempt_comes_back_as_added(self, backend: Backend) -> None:
        added = an_attempt()
        before = told(added)
        await keep(backend, added)
        attempt = await found(backend, 1)
        assert attempt is not added
        assert told(attempt) == before
        assert attempt.seed == 2**63 - 1
        assert attempt.deadline == later(seconds=600)

    async def test_a_graded_attempt_comes_back_with_its_grade(self, backend: Backend) -> None:
        added = a_graded_attempt()
        before = told(added)
        await keep(backend, added)
        attempt = await found(backend, 1)
        assert told(attempt) == before
        assert (attempt.status, attempt.submitted_at) == (AttemptStatus.GRADED, later(seconds=60))
        assert attempt.answers == {question_id(n): answer for n, answer in enumerate(ANSWERS, start=1)}
        assert (attempt.points, attempt.percent, attempt.passed) == (11.08, 39.58, False)

    async def test_an_unknown_attempt_is_not_found(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))
        with pytest.raises(AttemptNotFound):
            await found(backend, 2)
        with pytest.raises(AttemptNotFound):
            await change(backend, 2, lambda attempt: None)

    async def test_the_open_attempt_of_a_quiz_in_a_cycle(self, backend: Backend) -> None:
        async def open_of(cycle: int, section: int) -> UUID | None:
            attempt = await backend.units.run(lambda unit: unit.port(Attempts).open_of(uid(cycle), section_id(section)))
            return None if attempt is None else attempt.id

        await keep(backend, a_graded_attempt(1), an_attempt(2, number=2), an_attempt(3, section=2))
        await keep(backend, an_attempt(4, cycle=701), a_graded_attempt(5, cycle=702))
        assert await open_of(700, 1) == uid(2)
        assert await open_of(700, 2) == uid(3)
        assert await open_of(701, 1) == uid(4)
        assert [await open_of(702, 1), await open_of(703, 1), await open_of(701, 2)] == [None, None, None]
        await change(backend, 2, lambda attempt: attempt.supersede(now=later(hours=1)))
        assert await open_of(700, 1) is None

    async def test_the_open_attempts_of_somebody_at_a_module(self, backend: Backend) -> None:
        async def open_at(module: int, user: int) -> list[UUID]:
            found = await backend.units.run(lambda unit: unit.port(OpenAttempts).open_at(uid(module), user_id(user)))
            return [attempt.id for attempt in found]

        await keep(backend, a_graded_attempt(1), an_attempt(3, section=2), an_attempt(2, number=2))
        await keep(backend, an_attempt(4, cycle=701), an_attempt(5, cycle=702, user=2))
        assert await open_at(1, 1) == [uid(2), uid(3), uid(4)]
        assert await open_at(1, 2) == [uid(5)]
        assert (await open_at(2, 1), await open_at(1, 3)) == ([], [])
        await change(backend, 2, lambda attempt: attempt.supersede(now=later(hours=1)))
        assert await open_at(1, 1) == [uid(3), uid(4)]

    async def test_all_attempts_of_a_person_at_a_quiz_are_counted(self, backend: Backend) -> None:
        superseded = an_attempt(2, number=2)
        superseded.supersede(now=T)
        await keep(backend, a_graded_attempt(1), superseded, an_attempt(3, number=3), an_attempt(4, cycle=701))
        module, user = superseded.module_id, superseded.user_id

        async def counts(unit: Unit) -> list[int]:
            quiz, other = section_id(1), section_id(2)
            places = [(module, user, quiz), (module, user, other), (module, NOBODY, quiz), (NOBODY, user, quiz)]
            return [await unit.port(Attempts).count(*place) for place in places]

        assert await backend.units.run(counts) == [4, 0, 0, 0]

    async def test_a_quiz_has_one_open_attempt_in_a_cycle(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))
        with pytest.raises(AttemptAlreadyOpen):
            await keep(backend, an_attempt(2, number=2))
        await keep(backend, an_attempt(3, number=1, section=2), an_attempt(4, number=1, cycle=701))
        await change(backend, 1, lambda attempt: attempt.submit(None, now=T))
        await keep(backend, an_attempt(5, number=2))

    async def test_no_number_comes_twice(self, backend: Backend) -> None:
        await keep(backend, a_graded_attempt(1))
        with pytest.raises(AttemptAlreadyOpen):
            await keep(backend, an_attempt(2, number=1))

    async def test_answers_and_grade_are_kept_and_reported(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))
        await change(backend, 1, lambda attempt: attempt.save({question_id(1): "b"}, now=later(seconds=1)))
        attempt = await found(backend, 1)
        assert (attempt.answers, attempt.version) == ({question_id(1): "b"}, 2)
        await change(backend, 1, lambda attempt: attempt.submit({question_id(3): False}, now=later(seconds=2)))
        attempt = await found(backend, 1)
        assert (attempt.points, attempt.version) == (4, 3)
        assert attempt.is_graded

    async def test_events_leave_with_the_unit(self, backend: Backend) -> None:
        async def work(unit: Unit) -> list[str]:
            await unit.port(Attempts).add(an_attempt(2, section=2))
            (await unit.port(Attempts).get(uid(1))).submit(None, now=T)
            return [type(event).__name__ for event in unit.take_events()]

        await keep(backend, an_attempt(1))
        assert await backend.units.run(work) == ["AttemptStarted", "AttemptGraded"]

    async def test_what_is_kept_counts_at_once(self, backend: Backend) -> None:
        async def work(unit: Unit) -> tuple[Mapping[UUID, AttemptCounts], Mapping[UUID, AttemptCounts]]:
            async def attempt_counts() -> Mapping[UUID, AttemptCounts]:
                return (await unit.port(Enrollments).eligibility(an_enrollment(), PRESENT)).attempt_counts

            before = await attempt_counts()
            attempt = await unit.port(Attempts).get(uid(2))
            attempt.submit(None, now=later(seconds=90))
            await unit.port(Attempts).keep(attempt)
            return before, await attempt_counts()

        await keep(backend, a_graded_attempt(1), an_attempt(2, number=2), a_graded_attempt(3, cycle=701))
        before, after = await backend.units.run(work)
        assert before == {section_id(1): AttemptCounts(2, later(seconds=60))}
        assert after == {section_id(1): AttemptCounts(3, later(seconds=90))}

    async def test_it_stays_although_nobody_is_enrolled(self, backend: Backend) -> None:
        """It is evidence: no user, module or enrollment of these ids is there at all."""
        await keep(backend, an_attempt(1, user=404, module=404))
        assert (await found(backend, 1)).user_id == user_id(404)


@about(Attempts)
class TestAttemptsAtTheSameTime:
    async def at_once(self, backend: Backend, work: Callable[[Unit, int], Awaitable[None]]) -> Counter[type | None]:
        def numbered(n: int) -> Callable[[Unit], Awaitable[None]]:
            return lambda unit: work(unit, n)

        outcomes = await asyncio.gather(
            *(backend.units.run(numbered(n)) for n in range(1, AT_ONCE + 1)), return_exceptions=True
        )
        return Counter(None if outcome is None else type(outcome) for outcome in outcomes)

    async def test_one_of_many_hands_in(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))

        async def work(unit: Unit, n: int) -> None:
            attempt = await unit.port(Attempts).get(uid(1))
            await asyncio.sleep(0)
            attempt.submit({question_id(5): n}, now=later(seconds=n))

        assert await self.at_once(backend, work) == {None: 1, AttemptClosed: AT_ONCE - 1}
        attempt = await found(backend, 1)
        assert attempt.submitted_at == later(seconds=float(str(attempt.answers[question_id(5)])))
        assert attempt.version == 2

    async def test_no_answer_is_lost(self, backend: Backend) -> None:
        questions = (TrueFalse(True),) * AT_ONCE
        await keep(backend, an_attempt(1, questions=questions))

        async def work(unit: Unit, n: int) -> None:
            attempt = await unit.port(Attempts).get(uid(1))
            await asyncio.sleep(0)
            attempt.save({question_id(n): n % 2 == 0}, now=later(seconds=n))

        assert await self.at_once(backend, work) == {None: AT_ONCE}
        attempt = await found(backend, 1)
        assert attempt.answers == {question_id(n): n % 2 == 0 for n in range(1, AT_ONCE + 1)}
        assert attempt.version == 1 + AT_ONCE

    async def test_after_an_outdated_read_what_is_there_now_is_taken(self, backend: Backend) -> None:
        await keep(backend, an_attempt(1))

        async def work(unit: Unit, n: int) -> None:
            seen = await unit.port(Attempts).find(uid(1))
            await asyncio.sleep(0)
            attempt = await unit.port(Attempts).get(uid(1))
            assert attempt.version >= seen.version
            answers: dict[UUID, GivenAnswer] = {question_id(5): n}
            attempt.save(answers, now=later(seconds=n))

        assert await self.at_once(backend, work) == {None: AT_ONCE}
        assert (await found(backend, 1)).version == 1 + AT_ONCE

    async def test_one_of_many_begins(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            await asyncio.sleep(0)
            await unit.port(Attempts).add(an_attempt(n, number=n))

        assert await self.at_once(backend, work) == {None: 1, AttemptAlreadyOpen: AT_ONCE - 1}


@about(UngradedAttempts, AttemptReader)
class TestAttemptsOfAPerson:
    async def test_those_without_a_grade_are_found_and_forget_their_texts(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        opened, given_up, graded = an_attempt(1), an_attempt(2, cycle=701), a_graded_attempt(3, cycle=702)
        other = an_attempt(4, user=2, cycle=703)
        texts = {question_id(place): answer for place, answer in enumerate(ANSWERS, 1)}
        for attempt in (opened, given_up, other):
            attempt.save(texts, now=T)
        given_up.supersede(now=T)
        await keep(backend, opened, given_up, graded, other)

        async def forget(unit: Unit) -> list[UUID]:
            (await unit.port(Users).get(user_id(1))).erase(now=later(hours=1))
            ungraded = await unit.port(UngradedAttempts).ungraded_of(user_id(1))
            for attempt in ungraded:
                attempt.forget_texts(now=later(hours=1))
                await unit.port(Attempts).keep(attempt)
            return [attempt.id for attempt in ungraded]

        assert await backend.units.run(forget) == [opened.id, given_up.id]
        short_text = question_id(4)
        for n, expected in ((1, False), (2, False), (3, True), (4, True)):
            left = await found(backend, n)
            assert (short_text in left.answers) is expected
            assert question_id(1) in left.answers
            assert left.is_open is (n == 4)

    async def test_all_of_a_person_are_shown_newest_first_with_their_answers(self, backend: Backend) -> None:
        mine = [an_attempt(n, cycle=700 + n, now=later(hours=n)) for n in (1, 2)] + [a_graded_attempt(3, cycle=709)]
        await keep(backend, *mine, an_attempt(4, user=2, cycle=710))
        reader = backend.reader(AttemptReader)
        first = await reader.of_person(user_id(1), None, 2)
        second = await reader.of_person(user_id(1), first.next, 2)
        assert [attempt.id for attempt in (*first.items, *second.items)] == [uid(2), uid(1), uid(3)]
        assert second.next is None
        assert plain(second.items[0]) == plain(AttemptView.of(mine[2]))
