"""A tiny application, of one command and one query, and the world that it runs in: a place to try the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from application.kernel.access import Actor, authors
from application.kernel.bus import Bus
from application.kernel.declared_errors import Report, refuse_undeclared
from application.kernel.handlers import handles
from application.kernel.messages import Command, Query
from application.kernel.ports import Clock, Ids
from application.kernel.reactions import Reaction
from application.kernel.units import (
    Answer,
    Answers,
    AuditRecord,
    AuditTrail,
    IdempotencyKey,
    KeyInFlight,
    KeyReused,
    Outbox,
    OutboxEntry,
    Unit,
)
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict, DomainError
from domain.kernel.roles import Role
from kit.examples import NOW, uid

P = TypeVar("P")
R = TypeVar("R")

AUTHOR = Actor(uid(1), Role.AUTHOR)
LEARNER = Actor(uid(2), Role.AUTHENTICATED)


class NoteTaken(Conflict):
    slug = "note-taken"


@dataclass(frozen=True)
class NoteWritten(DomainEvent):
    note: str


@dataclass(frozen=True)
class NoteFiled(DomainEvent):
    note: str


class Notes(Protocol):
    """A port of the unit of work."""

    def write(self, note: str) -> None: ...

    def file(self, note: str) -> None: ...


class Board(Protocol):
    """A reader."""

    async def notes(self) -> list[str]: ...


@dataclass
class Pace:
    """An app-lifetime object, with which a test stops a handler half-way or lets it fail after it wrote."""

    failures: list[Exception] = field(default_factory=list)
    running: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event | None = None

    async def half_way(self) -> None:
        self.running.set()
        if self.go_on:
            await self.go_on.wait()
        if self.failures:
            raise self.failures.pop(0)


@dataclass(frozen=True)
class WriteNote(Command[str]):
    note: str = "hello"


@handles(WriteNote, allow=authors, raises=(NoteTaken,))
async def write_note(command: WriteNote, actor: Actor, notes: Notes, pace: Pace) -> str:
    """Authors write a note."""
    notes.write(command.note)
    await pace.half_way()
    return command.note.upper()


@dataclass(frozen=True)
class ReadBoard(Query[list[str]]):
    pass


@handles(ReadBoard, allow=authors)
async def read_board(query: ReadBoard, actor: Actor, board: Board) -> list[str]:
    """Authors read the board."""
    return await board.notes()


@dataclass
class Store:
    """What is committed; also the clock, the ids and the reader."""

    written: list[str] = field(default_factory=list)
    outbox: list[OutboxEntry] = field(default_factory=list)
    audit: list[AuditRecord] = field(default_factory=list)
    kept: dict[tuple[str, str], tuple[str, Answer]] = field(default_factory=dict)
    elsewhere: set[tuple[str, str]] = field(default_factory=set)  # keys that another process holds
    ids: int = 100

    def now(self) -> datetime:
        return NOW

    def new(self) -> UUID:
        self.ids += 1
        return uid(self.ids)

    async def notes(self) -> list[str]:
        return self.written


class FakeUnit:
    """All ports of one unit; nothing of it reaches the store before the commit."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.written: list[str] = []
        self.happened: list[DomainEvent] = []
        self.appended: list[OutboxEntry] = []
        self.entered: list[AuditRecord] = []
        self.keeping: dict[tuple[str, str], tuple[str, Answer]] = {}

    def port(self, kind: type[P]) -> P:
        assert kind in FakeUnits.ports
        return cast(P, self)

    def write(self, note: str) -> None:
        self.written.append(note)
        if note:
            self.happened.append(NoteWritten(note))

    def file(self, note: str) -> None:
        self.happened.append(NoteFiled(note))

    def take_events(self) -> list[DomainEvent]:
        taken, self.happened = self.happened, []
        return taken

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        self.appended += entries

    async def enter(self, record: AuditRecord) -> None:
        self.entered.append(record)

    async def claim(self, key: IdempotencyKey) -> Answer | None:
        name = (key.owner, key.value)
        if name in self.store.elsewhere:
            raise KeyInFlight
        if name not in self.store.kept:
            return None
        fingerprint, answer = self.store.kept[name]
        if fingerprint != key.fingerprint:
            raise KeyReused
        return answer

    async def keep(self, key: IdempotencyKey, answer: Answer) -> None:
        self.keeping[key.owner, key.value] = (key.fingerprint, answer)

    def commit(self) -> None:
        self.store.written += self.written
        self.store.outbox += self.appended
        self.store.audit += self.entered
        self.store.kept |= self.keeping


class FakeUnits:
    """Implements Units and counts."""

    ports: frozenset[type] = frozenset({Notes, Outbox, AuditTrail, Answers})

    def __init__(self, store: Store) -> None:
        self.store, self.runs, self.commits, self.rollbacks = store, 0, 0, 0
        self.after_rollback: Callable[[], None] = lambda: None

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.runs, self.commits, self.rollbacks

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        self.runs += 1
        unit = FakeUnit(self.store)
        try:
            result = await work(unit)
        except BaseException:
            self.rollbacks += 1
            self.after_rollback()
            raise
        unit.commit()
        self.commits += 1
        return result


class World:
    """A bus and all that it stands on."""

    def __init__(self) -> None:
        self.store, self.pace = Store(), Pace()
        self.units = FakeUnits(self.store)
        self.bus = self.bus_of(write_note, read_board)

    def bus_of(
        self, *functions: Any, reactions: Sequence[Reaction] = (), undeclared: Report = refuse_undeclared
    ) -> Bus:
        handlers = {function.__handler__.message: function.__handler__ for function in functions}
        objects: dict[type, object] = {Clock: self.store, Ids: self.store, Board: self.store, Pace: self.pace}
        return Bus(handlers, self.units, objects.__getitem__, reactions, undeclared)

    async def once(
        self, value: str = "k1", note: str = "hello", owner: str = "ana", fingerprint: str | None = None
    ) -> tuple[str, bool]:
        """The body of the answer to WriteNote sent with a key, and whether it was a repeated one."""
        key = IdempotencyKey(owner, value, fingerprint or note)
        answer, repeated = await self.bus.execute_once(WriteNote(note), AUTHOR, key, accepted, refused)
        return f"{answer.status} {answer.body.decode()}", repeated


def accepted(result: str) -> Answer:
    return Answer(201, (("location", "/notes/1"),), result.encode())


def refused(error: DomainError) -> Answer:
    return Answer(409, (), error.slug.encode())
