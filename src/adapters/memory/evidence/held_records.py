"""All records of somebody, in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.evidence.tables import CERTIFICATES, RECORDS, VOIDS
from adapters.memory.kit.store import MemoryUnit
from adapters.memory.people.merged import ids_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.evidence.ports import HeldRecords
from domain.evidence.merging import HeldRecord


@serves(HeldRecords)
class MemoryHeldRecords:
    """Implements application.evidence.ports.HeldRecords."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._records = unit.draft(RECORDS)
        self._voids = unit.draft(VOIDS)
        self._certificates = unit.draft(CERTIFICATES)
        self._users = unit.draft(USERS)

    async def of(self, user_id: UUID) -> list[HeldRecord]:
        own = ids_of(self._users, user_id)
        revoked = {each.record_id for each in self._certificates.rows() if each.revoked_at is not None}
        return [
            HeldRecord(each, each.id in self._voids, each.id in revoked)
            for each in sorted(self._records.rows(), key=lambda record: record.id)
            if each.person.user_id in own
        ]
