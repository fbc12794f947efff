"""The ports in memory: the whole service runs on them, and forgets everything when it stops."""

from __future__ import annotations

from adapters.memory.assessment.attempts import MemoryAttemptReader
from adapters.memory.catalogue.modules import MemoryModuleReader
from adapters.memory.catalogue.questions import MemoryQuestionReader
from adapters.memory.catalogue.versions import MemoryVersionReader
from adapters.memory.evidence.evidence import MemoryCertificateReader, MemoryRecordReader, MemorySessionReader
from adapters.memory.kit.store import MemoryStore, MemoryUnits
from adapters.memory.learning.enrollments import MemoryEnrollmentReader
from adapters.memory.learning.progress import MemoryDueReader, MemoryProgressReader
from adapters.memory.people.users import MemoryPeople, MemoryUserReader
from adapters.memory.reporting.reports import MemoryParticipationReader
from application.assessment.queries import AttemptReader
from application.catalogue.modules.queries import ModuleReader
from application.catalogue.questions.queries import QuestionReader
from application.catalogue.versions.queries import VersionReader
from application.evidence.certificates.queries import CertificateReader
from application.evidence.records.queries import RecordReader
from application.evidence.sessions.queries import SessionReader
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.progress.queries import ProgressReader
from application.learning.settling import DueReader
from application.people.queries import UserReader
from application.people.signing_in import People
from application.reporting.queries import ParticipationReader

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
