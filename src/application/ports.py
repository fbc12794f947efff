"""What the use cases need of the world. Each port of storage has a memory and an SQL adapter with one contract suite.

Ports that a unit of work offers are bound to its transaction: what they write appears when the bus commits,
or not at all. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from application.access import Actor
from domain.aggregate import DomainEvent
from domain.enrollments import Candidate, Enrollment, EnrollmentFacts
from domain.errors import Conflict, DomainError
from domain.modules import ModuleStatus, TrainingModule
from domain.roster import LineProblem, RosterEntry
from domain.users import User

P = TypeVar("P")
R = TypeVar("R")


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class Ids(Protocol):
    """Identifiers."""

    def new(self) -> UUID:
        """A new id; later ones sort after earlier ones (UUID version 7, RFC 9562)."""


class Modules(Protocol):
    """The training modules, each with its sections and questions."""

    async def get(self, module_id: UUID) -> TrainingModule:
        """Raises ModuleNotFound."""

    async def by_slug(self, slug: str) -> TrainingModule | None:
        """The module with this slug, if there is one."""

    async def add(self, module: TrainingModule) -> None:
        """Raises SlugTaken, here or at commit."""

    async def remove(self, module: TrainingModule) -> None:
        """Raises ModuleInUse, here or at commit, while someone is enrolled."""

    async def status(self, module_id: UUID) -> ModuleStatus | None:
        """The status alone, None when there is no such module."""


class Users(Protocol):
    """People."""

    async def get(self, user_id: UUID) -> User:
        """Raises UserNotFound."""

    async def by_email(self, email: str) -> User | None:
        """The user with this address, in lower case, if there is one."""

    async def by_supabase_id(self, supabase_id: str) -> User | None:
        """The user whom this sign-in is linked to, if there is one."""

    async def add(self, user: User) -> None:
        """Raises EmailTaken or SupabaseIdTaken, here or at commit."""

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        """For each of these users that exists, whether he or she is active."""

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> None:
        """Deactivate all of these in one statement."""


@dataclass(frozen=True, slots=True)
class RosterMerge:
    """How many people a roster created, changed and found as they were."""

    created: int
    updated: int
    unchanged: int


class Roster(Protocol):
    """Where the lines of a roster wait, outside the process's memory, until all have been read."""

    async def stage(self, entries: Iterable[tuple[UUID, RosterEntry]]) -> None:
        """Keep these lines; the id is the user's, should the line create one."""

    async def repeated(self) -> list[LineProblem]:
        """The lines whose e-mail address an earlier line has; these are dropped from the stage."""

    async def merge(self, now: datetime) -> RosterMerge:
        """Create or update a user for each line, by e-mail. What a line leaves empty stays as it is."""


class Enrollments(Protocol):
    """Who is enrolled in what."""

    async def facts(self, module_id: UUID, user_id: UUID) -> EnrollmentFacts:
        """What enrolling this user rests on."""

    async def candidates(
        self, module_id: UUID, user_ids: Sequence[UUID], departments: Sequence[str]
    ) -> list[Candidate]:
        """The existing users among the ids, and everyone in the departments; each once, in order of id."""

    async def get(self, module_id: UUID, user_id: UUID) -> Enrollment:
        """Raises EnrollmentNotFound."""

    async def add(self, enrollment: Enrollment) -> None:
        """Raises AlreadyEnrolled, here or at commit."""

    async def add_many(
        self, module_id: UUID, user_ids: Sequence[UUID], *, enrolled_by: UUID | None, now: datetime
    ) -> frozenset[UUID]:
        """Enroll all of these in one statement; the answer is who was not enrolled until now."""

    async def remove(self, enrollment: Enrollment) -> None:
        """Take it back."""


class Reporting(Protocol):
    """The reporting views."""

    async def refresh(self) -> None:
        """Bring the reports up to date. Readers are not blocked meanwhile."""


class Events(Protocol):
    """Events that no single aggregate caused, such as those of set-based commands."""

    def record(self, event: DomainEvent) -> None:
        """Say that this happened, should the unit of work commit."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An event with its id, when it happened (UTC) and who caused it."""

    id: UUID
    occurred_at: datetime
    event: DomainEvent
    actor: Actor


class Outbox(Protocol):
    """Events that wait to leave; they commit together with what they tell of."""

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        """Keep these entries, in their order."""


class KeyReused(DomainError):
    """The idempotency key came with another request before."""

    slug = "idempotency-key-reused"
    title = "The idempotency key was used for another request"
    sentence = "This Idempotency-Key came with another request before. Use a new key."


class KeyInFlight(Conflict):
    """The first request with this idempotency key has not been answered yet."""

    slug = "idempotency-key-in-flight"
    title = "The first request with this key is still running"
    sentence = "The first request with this Idempotency-Key is still running. Repeat it in a moment."


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for one request. Keys of different actors are different keys.

    `fingerprint` tells one request from another that wrongly uses the same key.
    """

    owner: str
    value: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told, as bytes, so that it can be told the same again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answers(Protocol):
    """The answers kept for repeated requests."""

    async def claim(self, key: IdempotencyKey) -> Answer | None:
        """The answer given before, or None and the key is ours until the unit of work ends.

        Raises KeyReused when the fingerprint differs, KeyInFlight when someone else holds the key now.
        """

    async def keep(self, key: IdempotencyKey, answer: Answer, now: datetime) -> None:
        """Keep the answer under the key."""

    async def forget(self, before: datetime) -> int:
        """Drop the answers kept before this moment; says how many."""


class StoreUnavailable(Exception):
    """The database does not answer, or not in time. The work was not done, unless the connection was lost
    while committing; only an idempotency key makes repeating it safe."""


class Unit(Protocol):
    """One unit of work: the ports that share its transaction, and the events of all that they touched."""

    def port(self, kind: type[P]) -> P:
        """The port of this type, bound to this unit."""

    def take_events(self) -> list[DomainEvent]:
        """The events of the aggregates that the ports touched, oldest first within each."""


class Units(Protocol):
    """Opens units of work."""

    @property
    def ports(self) -> frozenset[type]:
        """The types that `Unit.port` knows."""

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        """Do the work in a new unit and commit; roll back when it raises.

        The work runs again from the start where the database says that this is safe and useful
        (serialization failure, deadlock, connection lost before the commit), so it keeps nothing
        of an earlier run. Raises StoreUnavailable.
        """
