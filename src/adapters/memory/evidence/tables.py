"""The tables of evidence in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import MemoryTable, Unique
from domain.evidence.certificates import Certificate
from domain.evidence.credentials import Credential, CredentialKnown
from domain.evidence.records import AlreadyRecorded, RecordedBefore, TrainingRecord
from domain.evidence.sessions import ClassroomSession
from domain.evidence.voiding import RecordVoid

RECORDS = MemoryTable[UUID, TrainingRecord](
    "records",
    Unique(lambda record: record.cycle_id, AlreadyRecorded),
    Unique(lambda record: record.natural_key, RecordedBefore),
    Unique(lambda record: record.session_id and (record.session_id, record.person.user_id), AlreadyRecorded),
)
VOIDS = MemoryTable[UUID, RecordVoid]("voids")
"""By record."""
SESSIONS = MemoryTable[UUID, ClassroomSession]("sessions")
CERTIFICATES = MemoryTable[str, Certificate]("certificates", Unique(lambda each: each.record_id, AlreadyRecorded))
"""By serial."""
CREDENTIALS = MemoryTable[UUID, Credential](
    "credentials", Unique(lambda each: each.natural_key if each.is_current else None, CredentialKnown)
)
