"""The modules that authors themselves are learning, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.evidence.tables import CERTIFICATES, RECORDS, VOIDS
from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.progress import annulled_by, counting_records, missing_prerequisites
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.registry import serves
from application.catalogue.ports import AuthorsLearning
from domain.kernel.oversight import OwnLearning


@serves(AuthorsLearning)
class MemoryAuthorsLearning:
    """Implements application.catalogue.ports.AuthorsLearning."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._enrollments = unit.draft(ENROLLMENTS)
        self._modules = unit.draft(MODULES)
        self._records = unit.draft(RECORDS)
        self._voids = unit.draft(VOIDS)
        self._certificates = unit.draft(CERTIFICATES)

    async def of(self, user_id: UUID, module_ids: Sequence[UUID], today: date) -> OwnLearning:
        own = (self._enrollments.peek((module_id, user_id)) for module_id in module_ids)
        annulled = annulled_by(self._voids.rows(), self._certificates.rows())
        counting = counting_records(user_id, self._records.rows(), annulled, today)
        missing = {each: missing_prerequisites(each, self._modules.peek, counting) for each in module_ids}
        return OwnLearning(
            frozenset(each.module_id for each in own if each is not None and each.completed_at is None),
            {module_id: frozenset(first) for module_id, first in missing.items() if first},
        )
