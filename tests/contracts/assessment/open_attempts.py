"""The contract of open attempts of many users."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from application.assessment.ports import Attempts, OpenAttempts
from contracts import about
from contracts.backend import Backend, save
from contracts.learning.eligibility import LESSON, QUIZ, attempt, begin
from contracts.make import an_enrollment, later, uid, user_id
from domain.assessment.attempt_events import AttemptSuperseded
from domain.assessment.attempts import AttemptStatus, QuizAttempt

BOTH = (user_id(1), user_id(2))
THEN = later(days=9)


@about(OpenAttempts)
class TestOpenAttempts:
    async def supersede(
        self, backend: Backend, *but_at: UUID, people: tuple[UUID, ...] = BOTH, now: datetime = THEN
    ) -> list[AttemptSuperseded]:
        return await backend.units.run(
            lambda unit: unit.port(OpenAttempts).supersede(uid(1), people, frozenset(but_at), now)
        )

    async def attempts(self, backend: Backend, *numbers: int) -> list[QuizAttempt]:
        return [
            await backend.units.run(lambda unit, n=n: unit.port(Attempts).find(uid(80_000 + n)))  # type: ignore[misc]
            for n in numbers
        ]

    async def test_those_of_these_users_are_given_up_and_reported(self, backend: Backend) -> None:
        version = await begin(backend)
        await save(backend, an_enrollment(1, 2))
        await attempt(backend, version, 1, graded=60)
        await attempt(backend, version, 2, graded=None)
        await attempt(backend, version, 1, user=2, graded=None)
        (before,) = await self.attempts(backend, 102)
        assert await self.supersede(backend, LESSON, people=(user_id(1),)) == [
            AttemptSuperseded(uid(80_102), uid(1), QUIZ, user_id(1))
        ]
        graded, given_up, of_another = await self.attempts(backend, 101, 102, 201)
        assert [each.status for each in (graded, given_up, of_another)] == [
            AttemptStatus.GRADED,
            AttemptStatus.SUPERSEDED,
            AttemptStatus.OPEN,
        ]
        assert (given_up.version, given_up.updated_at) == (before.version + 1, THEN)

    async def test_those_of_many_are_reported_in_order(self, backend: Backend) -> None:
        version = await begin(backend)
        await save(backend, an_enrollment(1, 2))
        for user in (2, 1):
            await attempt(backend, version, 1, user=user, graded=None)
        told = await self.supersede(backend)
        assert [(each.attempt_id, each.user_id) for each in told] == [
            (uid(80_101), user_id(1)),
            (uid(80_201), user_id(2)),
        ]
        assert await self.supersede(backend) == []

    async def test_those_at_these_sections_go_on(self, backend: Backend) -> None:
        version = await begin(backend)
        await attempt(backend, version, 1, graded=None)
        assert await self.supersede(backend, QUIZ) == []
        assert [each.status for each in await self.attempts(backend, 101)] == [AttemptStatus.OPEN]

    async def test_nothing_is_given_up_before_it_was_there(self, backend: Backend) -> None:
        version = await begin(backend)
        await attempt(backend, version, 1, graded=None)
        (before,) = await self.attempts(backend, 101)
        await self.supersede(backend, now=later(days=-9))
        (given_up,) = await self.attempts(backend, 101)
        assert (given_up.status, given_up.updated_at) == (AttemptStatus.SUPERSEDED, before.updated_at)
