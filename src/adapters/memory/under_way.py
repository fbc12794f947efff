"""Enrollments that are not completed, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.memory.tables import Draft
from domain.enrollments import Enrollment


class MemoryUnderWay:
    """Implements application.ports.UnderWay."""

    def __init__(self, enrollments: Draft[tuple[UUID, UUID], Enrollment]) -> None:
        self._enrollments = enrollments

    async def of(self, module_id: UUID, user_ids: Sequence[UUID]) -> list[Enrollment]:
        found = (self._enrollments.load((module_id, user_id)) for user_id in sorted(set(user_ids)))
        return [each for each in found if each is not None and each.completed_at is None]

    async def keep(self, enrollments: Sequence[Enrollment]) -> None:
        """What has changed counts at once here."""
