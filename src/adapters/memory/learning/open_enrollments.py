"""Enrollments that are not completed, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.tables import ENROLLMENTS, GRANTS
from adapters.memory.people.merged import ids_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.lists import Present
from application.learning.ports import Enrollments, OpenEnrollments, VersionMove
from domain.learning.completion import Eligibility
from domain.learning.cycles import CycleGrant, newest_grants
from domain.learning.enrollments import Enrollment


@serves(OpenEnrollments)
@serves(VersionMove)
class MemoryOpenEnrollments:
    """Implements application.learning.ports.OpenEnrollments."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._enrollments = unit.draft(ENROLLMENTS)
        self._grants = unit.draft(GRANTS)
        self._users = unit.draft(USERS)
        self._eligibility = unit.port(Enrollments).eligibility

    async def due(self, module_id: UUID, now: datetime) -> list[UUID]:
        return sorted(each.user_id for each in self._open(module_id) if each.is_due(now))

    async def versions(self, module_id: UUID) -> list[int]:
        return sorted({each.version_number for each in self._open(module_id)})

    async def move(self, module_id: UUID, old: int, new: int, keep: frozenset[UUID], now: datetime) -> tuple[UUID, ...]:
        pinned = sorted(each.user_id for each in self._open(module_id) if each.version_number == old)
        moved = await self.of(module_id, pinned)
        for each in moved:
            each.move_to(new, keep, now=now)
        return tuple(pinned)

    async def all_done(self, module_id: UUID, number: int, sections: int) -> list[Enrollment]:
        found = [
            each.user_id
            for each in self._open(module_id)
            if each.version_number == number and len(each.completions) >= sections
        ]
        return await self.of(module_id, found)

    async def finishing(self, module_id: UUID, user_ids: Sequence[UUID], at: Present) -> dict[UUID, Eligibility]:
        return {each.user_id: await self._eligibility(each, at) for each in await self.of(module_id, user_ids)}

    def _open(self, module_id: UUID) -> list[Enrollment]:
        return [e for e in self._enrollments.rows() if e.module_id == module_id and e.completed_at is None]

    async def of(self, module_id: UUID, user_ids: Sequence[UUID]) -> list[Enrollment]:
        found = (self._enrollments.load((module_id, user_id)) for user_id in sorted(set(user_ids)))
        return [each for each in found if each is not None and each.completed_at is None]

    async def grants(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, list[CycleGrant]]:
        found: dict[UUID, list[CycleGrant]] = {}
        for user_id in filter(self._users.peek, set(user_ids)):
            own = ids_of(self._users, user_id)
            granted = [e for e in self._grants.rows() if e.module_id == module_id and e.user_id in own]
            if granted:
                found[user_id] = sorted(newest_grants(granted), key=lambda grant: grant.user_id)
        return found

    async def keep(self, enrollments: Sequence[Enrollment]) -> None:
        """Nothing to do: changes are visible at once."""
