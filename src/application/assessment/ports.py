"""What the use cases of quizzes need of the store.

They are bound to a unit of work: what they write appears when the bus commits, or not at all. Each has a memory and
an SQL adapter that pass one contract suite. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.assessment.attempt_events import AttemptSuperseded
from domain.assessment.attempts import QuizAttempt


class Attempts(Protocol):
    """Quiz attempts. They are evidence: none is removed, even if its enrollment is deleted."""

    async def find(self, attempt_id: UUID) -> QuizAttempt:
        """The attempt, for reading only. Raises AttemptNotFound."""

    async def get(self, attempt_id: UUID) -> QuizAttempt:
        """As it is now, and nobody else changes it until the unit of work ends. Raises AttemptNotFound."""

    async def open_of(self, cycle_id: UUID, section_id: UUID) -> QuizAttempt | None:
        """Like `get`, the attempt at this quiz that is still open in the cycle, if there is one."""

    async def count(self, module_id: UUID, user_id: UUID, section_id: UUID) -> int:
        """The total number of attempts of the user at this quiz, in any state."""

    async def add(self, attempt: QuizAttempt) -> None:
        """Raises AttemptAlreadyOpen, here or at commit, when the quiz has an open attempt, or one with this number."""

    async def keep(self, attempt: QuizAttempt) -> None:
        """Write what has changed at once, so that it counts for what this unit reads next."""


class UngradedAttempts(Protocol):
    """A person's attempts without a grade."""

    async def ungraded_of(self, user_id: UUID) -> list[QuizAttempt]:
        """Like `get`, all attempts of the user that are open or superseded, in order of id.

        Of superseded attempts only the answers may change, and only after the user was erased.
        """

    async def number_of(self, user_id: UUID) -> int:
        """How many attempts the user has made at any quiz, in any state."""

    async def keep(self, attempt: QuizAttempt) -> None:
        """As `Attempts.keep`."""


class OpenAttempts(Protocol):
    """Attempts that are open."""

    async def open_at(self, module_id: UUID, user_id: UUID) -> list[QuizAttempt]:
        """Like `get`, all of the user's attempts at the module's quizzes that are open, of any cycle."""

    async def keep(self, attempt: QuizAttempt) -> None:
        """As `Attempts.keep`."""

    async def supersede(
        self, module_id: UUID, user_ids: Sequence[UUID], but_at: Collection[UUID], now: datetime
    ) -> list[AttemptSuperseded]:
        """Abandon the open attempts of these users at the module's quizzes, except in these sections; returns an event
        for each, by id.
        """
