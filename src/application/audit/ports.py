"""What the audit ledger needs of its store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.audit.checkpoints import Checkpoint, VerifierKey


@dataclass(frozen=True, slots=True)
class Unsealed:
    """An entry that has no place in the tree yet. `entry` is the parsed content.

    `is_known`: an entry with this id is sealed already, so that somebody else has written this one.
    """

    id: UUID
    transaction_id: int
    position: int
    content: str
    entry: Mapping[str, Any]
    is_known: bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """The place of an entry in the tree, and what it can be found by."""

    index: int
    entry_id: UUID
    transaction_id: int
    position: int
    occurred_at: datetime
    operation: str
    actor_id: UUID | None
    objects: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint with its note, and when it was signed (UTC)."""

    checkpoint: Checkpoint
    note: str
    signed_at: datetime


class Ledger(Protocol):
    """The tree over the entries, as it grows."""

    async def lock(self) -> None:
        """Nobody else seals until this unit of work ends. Commands that write entries never wait for it."""

    async def size(self) -> int:
        """How many entries are sealed."""

    async def unsealed(self, limit: int, *, moved: bool = False) -> Sequence[Unsealed]:
        """The next entries by transaction and position, none of which can be preceded by one that is committed later.

        `moved` looks at every entry instead of at those behind the last sealed one: for a database that was moved to
        another server, which counts transactions from another number.
        """

    async def hashes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The hashes of these complete subtrees, by number."""

    async def seal(self, leaves: Sequence[Leaf], nodes: Sequence[tuple[int, bytes]]) -> None:
        """Add these leaves with the complete subtrees that end with them, by number."""

    async def signed_size(self) -> int:
        """The size of the newest checkpoint, 0 without any."""

    async def keep(self, signed: SignedCheckpoint) -> None:
        """Keep the checkpoint."""


class Disclosures(Protocol):
    """The personal values that entries are committed to, with their salts."""

    async def forget(self, owners: Sequence[UUID]) -> None:
        """Erase the values in entries of these people, who were erased. The entries do not change."""


class AuditKeys(Protocol):
    """The key that signs checkpoints, and those that did so before."""

    @property
    def origin(self) -> str:
        """The name of the ledger in its checkpoints."""

    @property
    def signer(self) -> VerifierKey | None:
        """The public part of the key that signs now; None if no key is set, and nothing is signed."""

    @property
    def trusted(self) -> Sequence[VerifierKey]:
        """The public keys whose signatures count: of the signer and of those before it."""

    def sign(self, text: str) -> bytes:
        """The signature of the signer."""

    def verifies(self, key: VerifierKey, text: str, signature: bytes) -> bool:
        """Whether the signature of the text is by this key."""
