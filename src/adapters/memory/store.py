"""The store in memory and its units of work: one writer at a time, and all of a unit's work or none of it."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast
from uuid import UUID

from adapters.memory.answers import KeptAnswer, MemoryAnswers
from adapters.memory.enrollments import MemoryEnrollments
from adapters.memory.modules import MemoryModules
from adapters.memory.outbox import MemoryEvents, MemoryOutbox
from adapters.memory.reports import MemoryReporting
from adapters.memory.tables import Draft, Table, Unique
from adapters.memory.users import MemoryRoster, MemoryUsers
from application.ports import (
    Answers,
    Enrollments,
    Events,
    Modules,
    Outbox,
    OutboxEntry,
    Reporting,
    Roster,
    Unit,
    Users,
)
from domain.aggregate import Aggregate, DomainEvent
from domain.enrollments import Enrollment
from domain.modules import SlugTaken, TrainingModule
from domain.users import EmailTaken, SupabaseIdTaken, User

P = TypeVar("P")
R = TypeVar("R")


class MemoryStore:
    """Everything that is committed. `outbox` holds the events that wait to leave, oldest first."""

    def __init__(self) -> None:
        self.modules = Table[UUID, TrainingModule](Unique(lambda module: module.slug, SlugTaken))
        self.users = Table[UUID, User](
            Unique(lambda user: user.email, EmailTaken), Unique(lambda user: user.supabase_id, SupabaseIdTaken)
        )
        self.enrollments = Table[tuple[UUID, UUID], Enrollment]()
        self.answers = Table[tuple[str, str], KeptAnswer]()
        self.outbox: list[OutboxEntry] = []
        self.writing = Lock()


class MemoryUnit:
    """Implements application.ports.Unit."""

    def __init__(self, store: MemoryStore) -> None:
        self._modules = Draft(store.modules)
        self._users = Draft(store.users)
        self._enrollments = Draft(store.enrollments)
        self._answers = Draft(store.answers)
        self._events = MemoryEvents()
        self._outbox = MemoryOutbox(store.outbox)
        self.ports: dict[type, object] = {
            Modules: MemoryModules(self._modules, self._enrollments),
            Users: MemoryUsers(self._users),
            Roster: MemoryRoster(self._users),
            Enrollments: MemoryEnrollments(self._enrollments, self._modules, self._users),
            Reporting: MemoryReporting(),
            Events: self._events,
            Outbox: self._outbox,
            Answers: MemoryAnswers(self._answers),
        }

    def port(self, kind: type[P]) -> P:
        return cast(P, self.ports[kind])

    def take_events(self) -> list[DomainEvent]:
        touched: list[Aggregate] = [*self._modules.touched, *self._users.touched, *self._enrollments.touched]
        return [event for aggregate in touched for event in aggregate.take_events()] + self._events.take()

    def commit(self) -> None:
        """Write everything, or raise and write nothing. Raises SlugTaken, EmailTaken or SupabaseIdTaken."""
        self.take_events()  # Events are no part of an aggregate's state.
        self._modules.check()
        self._users.check()
        for draft in (self._modules, self._users, self._enrollments, self._answers, self._outbox):
            draft.commit()


class MemoryUnits:
    """Implements application.ports.Units; units wait for each other, as writers to SQLite do."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.ports = frozenset(MemoryUnit(store).ports)

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        async with self._store.writing:
            unit = MemoryUnit(self._store)
            result = await work(unit)
            unit.commit()
            return result
