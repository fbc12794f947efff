"""Progress in memory."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from adapters.memory.catalogue.tables import VERSIONS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.learning.eligibility import EligibilityRows
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.memory.people.merged import covers, ids_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.access import Scope
from application.kernel.lists import Present
from application.learning.progress.queries import ConfirmedStatement, ProgressFacts, ProgressReader
from application.learning.settling import DueEnrollment, DueReader


@serves(ProgressReader)
class MemoryProgressReader:
    """Implements application.learning.progress.queries.ProgressReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._enrollments = store.table(ENROLLMENTS)
        self._versions = store.table(VERSIONS)
        self._users = store.table(USERS)
        self._eligibility = EligibilityRows(store.table)

    async def confirmed_by(self, user_id: UUID) -> list[ConfirmedStatement]:
        own = ids_of(self._users, user_id)
        found = [
            ConfirmedStatement(enrollment.module_id, each.section_id, each.attestation, each.completed_at)
            for enrollment in self._enrollments.rows()
            if enrollment.user_id in own
            for each in enrollment.completions
            if each.attestation is not None
        ]
        return sorted(found, key=lambda each: (each.confirmed_at, each.section_id), reverse=True)

    async def of(self, scope: Scope, module_id: UUID, user_id: UUID, at: Present) -> ProgressFacts | None:
        enrollment = self._enrollments.peek((module_id, user_id))
        if enrollment is None or not covers(self._users, scope, user_id):
            return None
        version = self._versions.by_key[module_id, enrollment.version_number]
        return ProgressFacts.of(enrollment, enrollment.standing(version, self._eligibility.of(enrollment, at)))


@serves(DueReader)
class MemoryDueReader:
    """Implements application.learning.settling.DueReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._enrollments = store.table(ENROLLMENTS)

    async def due(self, now: datetime, after: DueEnrollment | None, limit: int) -> list[DueEnrollment]:
        found = [
            DueEnrollment(each.settles_at, each.module_id, each.user_id)
            for each in self._enrollments.rows()
            if each.settles_at is not None and each.settles_at <= now
        ]
        found.sort(key=_place)
        return [each for each in found if after is None or _place(each) > _place(after)][:limit]


def _place(due: DueEnrollment) -> tuple[datetime, UUID, UUID]:
    return due.settles_at, due.module_id, due.user_id
