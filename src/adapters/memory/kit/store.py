"""The store in memory and its units of work: one writer at a time, and all of a unit's work or none of it."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar, cast
from uuid import UUID

from adapters.memory.assessment.attempts import MemoryAttempts, MemoryOpenAttempts
from adapters.memory.catalogue.modules import MemoryModules
from adapters.memory.catalogue.versions import MemoryVersions, VersionKey
from adapters.memory.evidence.evidence import MemoryCertificates, MemoryRecords, MemorySessions
from adapters.memory.kit.answers import KeptAnswer, MemoryAnswers
from adapters.memory.kit.outbox import MemoryEvents, MemoryOutbox
from adapters.memory.kit.tables import Draft, Table, Unique
from adapters.memory.learning.authors_learning import MemoryAuthorsLearning
from adapters.memory.learning.enrollments import MemoryEnrollments
from adapters.memory.learning.progress import GrantKey
from adapters.memory.learning.under_way import MemoryUnderWay
from adapters.memory.people.users import MemoryEndedSignIns, MemoryRoster, MemoryUsers
from adapters.memory.reporting.reports import MemoryReporting
from adapters.system import SystemClock
from application.assessment.ports import Attempts, OpenAttempts
from application.catalogue.ports import AuthorsLearning, Modules, Versions
from application.evidence.ports import Certificates, Records, Sessions
from application.kernel.units import Answers, Events, Outbox, OutboxEntry, Unit
from application.learning.ports import Enrollments
from application.learning.under_way import UnderWay
from application.people.ports import EndedSignIns, Roster, Users
from application.reporting.ports import Reporting
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.module_life import SlugTaken
from domain.catalogue.modules import TrainingModule
from domain.catalogue.versions import ModuleVersion
from domain.evidence.certificates import Certificate
from domain.evidence.records import AlreadyRecorded, RecordedBefore, TrainingRecord
from domain.evidence.sessions import ClassroomSession
from domain.evidence.voiding import RecordVoid
from domain.kernel.aggregate import Aggregate, DomainEvent
from domain.learning.cycles import CycleGrant
from domain.learning.enrollments import Enrollment
from domain.people.sign_ins import EndedSignIn
from domain.people.users import EmailTaken, SupabaseIdTaken, User

P = TypeVar("P")
R = TypeVar("R")


class MemoryStore:
    """Everything that is committed. `outbox` holds the events that wait to leave, oldest first.

    `now` is the store's own clock, as a database has one; without it, the machine's.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or SystemClock().now
        self.modules = Table[UUID, TrainingModule](Unique(lambda module: module.slug, SlugTaken))
        self.users = Table[UUID, User](
            Unique(lambda user: user.email, EmailTaken), Unique(lambda user: user.supabase_id, SupabaseIdTaken)
        )
        self.ended_sign_ins = Table[str, tuple[str, EndedSignIn]]()
        self.versions = Table[VersionKey, ModuleVersion]()
        self.enrollments = Table[tuple[UUID, UUID], Enrollment]()
        self.attempts = Table[UUID, QuizAttempt]()
        self.records = Table[UUID, TrainingRecord](
            Unique(lambda record: record.cycle_id, AlreadyRecorded),
            Unique(lambda record: record.natural_key, RecordedBefore),
            Unique(lambda record: record.session_id and (record.session_id, record.person.user_id), AlreadyRecorded),
        )
        self.grants = Table[GrantKey, CycleGrant]()
        self.sessions = Table[UUID, ClassroomSession]()
        self.voids = Table[UUID, RecordVoid]()
        self.certificates = Table[str, Certificate](Unique(lambda each: each.record_id, AlreadyRecorded))
        self.answers = Table[tuple[str, str], KeptAnswer]()
        self.outbox: list[OutboxEntry] = []
        self.writing = Lock()


class MemoryUnit:
    """Implements application.kernel.units.Unit."""

    def __init__(self, store: MemoryStore) -> None:
        self._modules = Draft(store.modules)
        self._versions = Draft(store.versions)
        self._users = Draft(store.users)
        self._ended_sign_ins = Draft(store.ended_sign_ins)
        self._enrollments = Draft(store.enrollments)
        self._attempts = Draft(store.attempts)
        self._records = Draft(store.records)
        self._voids = Draft(store.voids)
        self._grants = Draft(store.grants)
        self._sessions = Draft(store.sessions)
        self._certificates = Draft(store.certificates)
        self._answers = Draft(store.answers)
        self._events = MemoryEvents()
        self._outbox = MemoryOutbox(store.outbox)
        enrollments = MemoryEnrollments(
            self._enrollments,
            self._modules,
            self._users,
            self._records,
            self._voids,
            self._certificates,
            self._attempts,
            self._grants,
        )
        self.ports: dict[type, object] = {
            Modules: MemoryModules(self._modules, self._enrollments),
            Versions: MemoryVersions(self._versions),
            Users: MemoryUsers(self._users),
            EndedSignIns: MemoryEndedSignIns(self._ended_sign_ins),
            Roster: MemoryRoster(self._users),
            Enrollments: enrollments,
            UnderWay: MemoryUnderWay(self._enrollments, self._grants, enrollments.eligibility),
            AuthorsLearning: MemoryAuthorsLearning(self._enrollments, enrollments.eligibility),
            Attempts: MemoryAttempts(self._attempts),
            OpenAttempts: MemoryOpenAttempts(self._attempts),
            Records: MemoryRecords(self._records, self._voids, self._events),
            Sessions: MemorySessions(self._sessions),
            Certificates: MemoryCertificates(self._certificates),
            Reporting: MemoryReporting(),
            Events: self._events,
            Outbox: self._outbox,
            Answers: MemoryAnswers(self._answers, store.now),
        }

    def port(self, kind: type[P]) -> P:
        return cast(P, self.ports[kind])

    def take_events(self) -> list[DomainEvent]:
        touched: list[Aggregate] = [
            *self._modules.touched,
            *self._users.touched,
            *self._enrollments.touched,
            *self._attempts.touched,
            *self._certificates.touched,
        ]
        return [event for aggregate in touched for event in aggregate.take_events()] + self._events.take()

    def commit(self) -> None:
        """Write everything, or raise and write nothing. Raises SlugTaken, EmailTaken or SupabaseIdTaken."""
        self.take_events()  # Events are no part of an aggregate's state.
        self._modules.check()
        self._users.check()
        self._records.check()
        self._certificates.check()
        for draft in (
            self._modules,
            self._versions,
            self._users,
            self._ended_sign_ins,
            self._enrollments,
            self._attempts,
            self._records,
            self._voids,
            self._grants,
            self._sessions,
            self._certificates,
            self._answers,
            self._outbox,
        ):
            draft.commit()


class MemoryUnits:
    """Implements application.kernel.units.Units; units wait for each other, as writers to SQLite do."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.ports = frozenset(MemoryUnit(store).ports)

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        async with self._store.writing:
            unit = MemoryUnit(self._store)
            result = await work(unit)
            unit.commit()
            return result
