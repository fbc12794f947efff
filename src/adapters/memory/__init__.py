"""The ports in memory: the whole service runs on them, and forgets everything when it stops."""

from __future__ import annotations

from adapters.memory.enrollments import MemoryEnrollmentReader
from adapters.memory.modules import MemoryModuleReader
from adapters.memory.questions import MemoryQuestionReader
from adapters.memory.reports import MemoryParticipationReader
from adapters.memory.store import MemoryStore, MemoryUnits
from adapters.memory.users import MemoryPeople, MemoryUserReader
from application.enrollments.queries import EnrollmentReader
from application.modules.queries import ModuleReader
from application.questions.queries import QuestionReader
from application.reports.queries import ParticipationReader
from application.users.queries import UserReader
from application.users.signing_in import People

__all__ = ["MemoryStore", "MemoryUnits", "memory_readers"]


def memory_readers(store: MemoryStore) -> dict[type, object]:
    """Each reader by the protocol that it implements."""
    return {
        ModuleReader: MemoryModuleReader(store.modules),
        QuestionReader: MemoryQuestionReader(store.modules),
        UserReader: MemoryUserReader(store.users),
        EnrollmentReader: MemoryEnrollmentReader(store.enrollments, store.modules, store.users),
        People: MemoryPeople(store.users),
        ParticipationReader: MemoryParticipationReader(store.enrollments, store.modules, store.users),
    }
