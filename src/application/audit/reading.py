"""What is read of the audit ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from application.kernel.messages import Cursor, Page, RawJson


@dataclass(frozen=True, slots=True)
class EntryActor:
    """Who sent the command: the id of a user or service account, null for the service and the command line.

    `role` is that of a user at that time.
    """

    id: UUID | None
    kind: str
    role: str | None


@dataclass(frozen=True, slots=True)
class EntryEvent:
    """An event that the command left, with its id in the outbox and its fields."""

    id: UUID
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EntryDocument:
    """An entry as it is hashed: its canonical JSON (RFC 8785) is the content of the leaf.

    `client_address` and `request_id` are commitments, null if there was none.
    """

    v: int
    id: UUID
    occurred_at: datetime
    operation: str
    actor: EntryActor
    events: list[EntryEvent]
    client_address: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Opening:
    """A value with the salt, in base64: HMAC-SHA-256 of the value with the salt as key is the commitment."""

    salt: str
    value: str


@dataclass(slots=True)
class AuditEntryView:
    """An entry of the ledger, at its place in the tree.

    `disclosed` has the values that the entry is committed to: `client_address` and `request_id`. Those that there were
    none of, and those of people who were erased, are missing.
    """

    id: UUID
    leaf_index: int
    occurred_at: datetime
    entry: Annotated[object, RawJson(EntryDocument)]
    disclosed: Annotated[object, RawJson(dict[str, Opening])]


@dataclass(slots=True)
class AuditEntryDetail(AuditEntryView):
    """An entry with the hash of its leaf, in base64."""

    leaf_hash: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are listed: only those with all of these. `object_id` is an id that an event of the entry names."""

    actor_id: UUID | None = None
    object_id: UUID | None = None
    operation: str | None = None
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as it is stored."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf as it is stored, with its entry and hash if they are there.

    `entry` is the parsed content, None if there is none. `disclosed` is canonical JSON, and `values` is what it says,
    None if somebody has changed it into something else.
    """

    index: int
    entry_id: UUID
    position: int
    occurred_at: datetime
    operation: str
    actor_id: UUID | None
    stored_hash: bytes | None
    content: str | None
    entry: Mapping[str, Any] | None
    disclosed: str
    values: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StoredHash:
    """The hash of a complete subtree, by its number."""

    number: int
    own: bytes


@dataclass(frozen=True, slots=True)
class Strays:
    """The ids of entries that are in no leaf although later ones are, among some entries; and behind which position
    the others are, None if there are none.
    """

    entry_ids: list[UUID]
    next: int | None


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How many entries are sealed, and the newest checkpoint."""

    size: int
    newest: StoredCheckpoint | None


class AuditReader(Protocol):
    """Reads the ledger, with one statement per call."""

    async def page(self, wanted: AuditFilter, after: Cursor | None, limit: int) -> Page[AuditEntryView]:
        """Sealed entries, newest first."""

    async def detail(self, entry_id: UUID) -> AuditEntryDetail | None:
        """The sealed entry, None when there is none with this id."""

    async def state(self) -> LedgerState:
        """How far the ledger has come."""

    async def checkpoint(self, size: int) -> StoredCheckpoint | None:
        """The checkpoint of this size."""

    async def checkpoints(self, behind: int, limit: int) -> list[StoredCheckpoint]:
        """The checkpoints that are larger than this, smallest first."""

    async def hashes(self, numbers: Sequence[int]) -> list[StoredHash]:
        """The hashes of these complete subtrees."""

    async def leaves(self, start: int, limit: int) -> list[StoredLeaf]:
        """The leaves from this index on, in their order."""

    async def strays(self, behind: int, limit: int) -> Strays:
        """Those among the next entries, by position: so that no statement has to look at all of them."""
