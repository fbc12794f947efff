"""The tables of the audit ledger in memory."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from adapters.memory.kit.tables import MemoryTable
from application.audit.ports import Leaf, SignedCheckpoint


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it was written. Positions count from 1."""

    id: UUID
    position: int
    content: str


ENTRIES = MemoryTable[int, StoredEntry]("audit_entries")
"""By position."""
DISCLOSURES = MemoryTable[tuple[UUID, UUID], str]("audit_disclosures")
"""The values with their salts as canonical JSON, by owner and entry."""
LEAVES = MemoryTable[int, Leaf]("audit_leaves")
NODES = MemoryTable[int, bytes]("audit_nodes")
CHECKPOINTS = MemoryTable[int, SignedCheckpoint]("audit_checkpoints")
"""By size."""
