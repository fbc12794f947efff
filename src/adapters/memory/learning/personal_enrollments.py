"""The enrollments of users who turn out to be one person, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.registry import serves
from application.learning.ports import PersonalEnrollments
from domain.learning.enrollments import Enrollment


@serves(PersonalEnrollments)
class MemoryPersonalEnrollments:
    """Implements application.learning.ports.PersonalEnrollments."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._enrollments = unit.draft(ENROLLMENTS)

    async def of(self, user_ids: Sequence[UUID]) -> list[Enrollment]:
        found = [each for each in self._enrollments.rows() if each.user_id in user_ids]
        return sorted(found, key=lambda each: (each.module_id, each.user_id))

    async def exchange(self, module_ids: Sequence[UUID], one: UUID, other: UUID, now: datetime) -> None:
        for module_id in module_ids:
            found = [self._enrollments.load((module_id, user_id)) for user_id in (one, other)]
            for user_id in (one, other):
                self._enrollments.remove((module_id, user_id))
            for user_id, enrollment in zip((other, one), found, strict=True):
                if enrollment is not None:
                    enrollment.hand_over(user_id, now=now)
                    self._enrollments.put((module_id, user_id), enrollment)
