"""The ports in memory: the whole service runs on them, and forgets everything when it stops."""

from __future__ import annotations

from adapters.memory.attempts import MemoryAttemptReader
from adapters.memory.enrollments import MemoryEnrollmentReader
from adapters.memory.evidence import MemoryCertificateReader, MemoryRecordReader, MemorySessionReader
from adapters.memory.learning import MemoryDueReader, MemoryProgressReader
from adapters.memory.modules import MemoryModuleReader
from adapters.memory.questions import MemoryQuestionReader
from adapters.memory.reports import MemoryParticipationReader
from adapters.memory.store import MemoryStore, MemoryUnits
from adapters.memory.users import MemoryPeople, MemoryUserReader
from adapters.memory.versions import MemoryVersionReader
from application.attempts.queries import AttemptReader
from application.certificates.queries import CertificateReader
from application.classroom.queries import SessionReader
from application.enrollments.queries import EnrollmentReader
from application.learning.queries import ProgressReader
from application.learning.settling import DueReader
from application.modules.queries import ModuleReader
from application.questions.queries import QuestionReader
from application.records.queries import RecordReader
from application.reports.queries import ParticipationReader
from application.users.queries import UserReader
from application.users.signing_in import People
from application.versions.queries import VersionReader

__all__ = ["MemoryStore", "MemoryUnits", "memory_readers"]


def memory_readers(store: MemoryStore) -> dict[type, object]:
    """Each reader by the protocol that it implements."""
    return {
        ModuleReader: MemoryModuleReader(store.modules, store.versions),
        VersionReader: MemoryVersionReader(store.versions),
        QuestionReader: MemoryQuestionReader(store.modules),
        UserReader: MemoryUserReader(store.users),
        EnrollmentReader: MemoryEnrollmentReader(store.enrollments, store.modules, store.users, store.grants),
        People: MemoryPeople(store.users),
        ProgressReader: MemoryProgressReader(
            store.enrollments,
            store.modules,
            store.versions,
            store.users,
            store.records,
            store.voids,
            store.certificates,
            store.attempts,
            store.grants,
        ),
        DueReader: MemoryDueReader(store.enrollments),
        RecordReader: MemoryRecordReader(store.records, store.voids, store.certificates, store.users),
        SessionReader: MemorySessionReader(store.sessions),
        CertificateReader: MemoryCertificateReader(store.certificates, store.records, store.users),
        AttemptReader: MemoryAttemptReader(store.attempts, store.modules, store.users),
        ParticipationReader: MemoryParticipationReader(store.enrollments, store.modules, store.users),
    }
