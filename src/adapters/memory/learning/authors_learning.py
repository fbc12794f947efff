"""What authors are learning themselves, in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from uuid import UUID

from adapters.memory.kit.tables import Draft
from domain.kernel.oversight import OwnLearning
from domain.learning.completion import Eligibility
from domain.learning.enrollments import Enrollment


class MemoryAuthorsLearning:
    """Implements application.catalogue.ports.AuthorsLearning."""

    def __init__(
        self,
        enrollments: Draft[tuple[UUID, UUID], Enrollment],
        eligibility: Callable[[Enrollment, date], Awaitable[Eligibility]],
    ) -> None:
        """`eligibility` are those of one enrollment."""
        self._enrollments = enrollments
        self._eligibility = eligibility

    async def of(self, user_id: UUID, module_ids: Sequence[UUID], today: date) -> OwnLearning:
        own = [e for e in self._enrollments.rows() if e.user_id == user_id and e.module_id in module_ids]
        under_way = [each for each in own if each.completed_at is None]
        return OwnLearning(
            {e.module_id: frozenset((await self._eligibility(e, today)).prerequisites) for e in under_way}
        )
