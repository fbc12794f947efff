"""Units of work: all effects of a command, its events and its answer take effect together, or none does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from application.kernel.access import Actor
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict, DomainError

P = TypeVar("P")
R = TypeVar("R")


class Events(Protocol):
    """Events that no single aggregate caused, such as those of set-based commands."""

    def record(self, event: DomainEvent) -> None:
        """Add this event to the unit of work."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An event with its id, when it happened (UTC) and who caused it."""

    id: UUID
    occurred_at: datetime
    event: DomainEvent
    actor: Actor


class Outbox(Protocol):
    """Events waiting for delivery; they commit together with the changes that they are about."""

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        """Keep these entries, in their order."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What the audit ledger keeps of a command that changed something: who did what, when (UTC), and its events."""

    id: UUID
    occurred_at: datetime
    operation: str
    actor: Actor
    events: Sequence[OutboxEntry]


class AuditTrail(Protocol):
    """The audit ledger as commands write it: an entry commits together with the change that it is about."""

    async def enter(self, record: AuditRecord) -> None:
        """Keep an entry of this. Where it comes in the order of the ledger is decided later, when it is sealed."""


class KeyReused(DomainError):
    """The idempotency key came with another request before."""

    slug = "idempotency-key-reused"
    title = "The idempotency key was used for another request"
    sentence = "This Idempotency-Key was used for another request before. Use a new key."


class KeyInFlight(Conflict):
    """The first request with this idempotency key has not been answered yet."""

    slug = "idempotency-key-in-flight"
    title = "The first request with this key is still running"
    sentence = "The first request with this Idempotency-Key is still running. Repeat it in a moment."


class TooManyAnswers(DomainError):
    """The owner has used as many idempotency keys as are kept for one person."""

    slug = "too-many-idempotency-keys"
    title = "Too many idempotency keys"
    sentence = (
        "The limit of answers stored for your idempotency keys is reached. Omit the key if repeating the request is "
        "harmless, or wait until the oldest answers are 24 hours old."
    )


@dataclass(frozen=True, slots=True)
class Quota:
    """How many answers are kept for one owner, and how many bytes of them, a few more of requests at the same time."""

    number: int
    bytes: int


QUOTA = Quota(10_000, 64 * 2**20)
MOST_KEPT_BYTES = 64 * 1024
"""Of the body of one answer."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key for one request. Keys of different actors are different keys.

    `fingerprint` identifies the request, to detect the same key on a different one.
    """

    owner: str
    value: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as bytes, so that it can be repeated exactly.

    `short` is kept in its place where it is too long, or shows what must not be stored.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    short: Answer | None = None

    @property
    def is_long(self) -> bool:
        """Whether it is too long to be kept."""
        return len(self.body) > MOST_KEPT_BYTES


class Answers(Protocol):
    """The answers kept for repeated requests."""

    async def claim(self, key: IdempotencyKey, quota: Quota = QUOTA) -> Answer | None:
        """The answer given before, or None and the key is ours until the unit of work ends.

        Raises KeyReused when the fingerprint differs, KeyInFlight when someone else holds the key now, and
        TooManyAnswers when the key is new and the owner's quota used up. No answer is deleted early to make room, since
        a request that relies on it would be executed again.
        """

    async def keep(self, key: IdempotencyKey, answer: Answer) -> None:
        """Keep the answer under the key, timed by the store's own clock, since clocks of processes may differ."""

    async def forget(self, older_than: timedelta) -> int:
        """Delete answers older than this by the store's own clock; the result is how many."""

    async def forget_of(self, owner: UUID) -> None:
        """Drop all answers of a person who was erased, if only in this unit of work: databases keep those of others."""


class StoreUnavailable(Exception):
    """The database does not answer in time.

    Nothing was done, unless the connection was lost while committing; only an idempotency key makes a repetition safe.
    """


class SchemaBehind(StoreUnavailable):
    """The database lacks a table or column that this code needs: it has not been migrated yet."""


class StoreWithoutRights(StoreUnavailable):
    """The database refuses the service a right that it needs."""


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

        The work runs again from the start where the database says that this is safe and useful (serialization failure,
        deadlock, connection lost before the commit), so it must not keep anything of an earlier run. Raises
        StoreUnavailable.
        """
