"""The modules that authors themselves are learning, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.registry import serves
from application.catalogue.ports import AuthorsLearning
from application.learning.ports import Enrollments
from domain.kernel.oversight import OwnLearning


@serves(AuthorsLearning)
class MemoryAuthorsLearning:
    """Implements application.catalogue.ports.AuthorsLearning."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._enrollments = unit.draft(ENROLLMENTS)
        self._eligibility = unit.port(Enrollments).eligibility

    async def of(self, user_id: UUID, module_ids: Sequence[UUID], today: date) -> OwnLearning:
        own = [e for e in self._enrollments.rows() if e.user_id == user_id and e.module_id in module_ids]
        under_way = [each for each in own if each.completed_at is None]
        return OwnLearning(
            {e.module_id: frozenset((await self._eligibility(e, today)).prerequisites) for e in under_way}
        )
