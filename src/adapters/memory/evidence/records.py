"""Training records in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.memory.evidence.tables import CERTIFICATES, RECORDS, VOIDS
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import newest_first
from adapters.memory.people.merged import covers, covers_row, ids_of, person_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.evidence.ports import Records
from application.evidence.records.queries import RecordReader, RecordView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.evidence.records import RecordNotFound, TrainingRecord
from domain.evidence.voiding import RecordIsVoid, RecordStanding, RecordVoid


@serves(Records)
class MemoryRecords:
    """Implements application.evidence.ports.Records."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._records = unit.draft(RECORDS)
        self._voids = unit.draft(VOIDS)
        self._users = unit.draft(USERS)
        self._unit = unit

    async def add(self, record: TrainingRecord) -> None:
        await self.add_many([record])

    async def add_many(self, records: Sequence[TrainingRecord]) -> None:
        for record in records:
            self._records.put(record.id, record)
            self._unit.events.append(record.recorded)

    async def standing(self, record_id: UUID) -> RecordStanding:
        record = self._records.peek(record_id)
        if record is None:
            raise RecordNotFound
        return self._standing(record)

    async def with_keys(self, natural_keys: Sequence[str]) -> dict[str, RecordStanding]:
        found = ((each.natural_key, each) for each in self._records.rows())
        return {key: self._standing(each) for key, each in found if key is not None and key in natural_keys}

    async def void(self, void: RecordVoid) -> None:
        if void.record_id in self._voids:
            raise RecordIsVoid
        self._voids.put(void.record_id, void)
        self._unit.events.append(void.voided)

    def _standing(self, record: TrainingRecord) -> RecordStanding:
        who, is_void = record.person.user_id, record.id in self._voids
        person_id = person_of(self._users, who)
        return RecordStanding(record.id, who, record.training.module_id, record.session_id, is_void, person_id)


@serves(RecordReader)
class MemoryRecordReader:
    """Implements application.evidence.records.queries.RecordReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._records = store.table(RECORDS)
        self._voids = store.table(VOIDS)
        self._certificates = store.table(CERTIFICATES)
        self._users = store.table(USERS)

    async def of_user(self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int) -> Page[RecordView] | None:
        if not covers(self._users, scope, user_id):
            return None
        own = ids_of(self._users, user_id)
        rows = (record for record in self._records.rows() if record.person.user_id in own)
        return newest_first(rows, lambda r: (r.completed_at, r.id), self._view, after=after, limit=limit)

    async def detail(self, scope: Scope, record_id: UUID) -> RecordView | None:
        record = self._records.peek(record_id)
        if record is None or not covers_row(self._users, scope, record.person.user_id):
            return None
        return self._view(record)

    def _view(self, record: TrainingRecord) -> RecordView:
        found = next((c for c in self._certificates.rows() if c.record_id == record.id), None)
        view = RecordView.of(record, None) if found is None else RecordView.of(record, found.serial, found.revoked_at)
        if void := self._voids.peek(record.id):
            view.voided_at, view.voided_by, view.void_reason = void.voided_at, void.voided_by, void.reason
        return view
