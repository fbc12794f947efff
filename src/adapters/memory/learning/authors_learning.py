"""The modules that authors themselves are learning, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.eligibility import EligibilityRows
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.registry import serves
from application.catalogue.ports import AuthorsLearning
from application.kernel.lists import Present
from domain.kernel.oversight import OwnLearning


@serves(AuthorsLearning)
class MemoryAuthorsLearning:
    """Implements application.catalogue.ports.AuthorsLearning."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._enrollments = unit.draft(ENROLLMENTS)
        self._eligibility = EligibilityRows(unit.draft)

    async def of(self, user_id: UUID, module_ids: Sequence[UUID], at: Present) -> OwnLearning:
        own = (self._enrollments.peek((module_id, user_id)) for module_id in module_ids)
        counting = self._eligibility.counting_records(user_id, at)
        missing = {each: self._eligibility.missing_prerequisites(each, counting) for each in module_ids}
        return OwnLearning(
            frozenset(each.module_id for each in own if each is not None and each.completed_at is None),
            {module_id: frozenset(first) for module_id, first in missing.items() if first},
        )
