"""Writing the audit ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.audit_entries import NO_ACTOR, composed, opened
from adapters.memory.audit.tables import CHECKPOINTS, DISCLOSURES, ENTRIES, LEAVES, NODES, StoredEntry
from adapters.memory.kit.store import MemoryUnit
from adapters.registry import serves
from application.audit.ports import Disclosures, Leaf, Ledger, SignedCheckpoint, Unsealed
from application.kernel.units import AuditRecord, AuditTrail


@serves(AuditTrail)
class MemoryAuditTrail:
    """Implements application.kernel.units.AuditTrail."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._entries = unit.draft(ENTRIES)
        self._disclosures = unit.draft(DISCLOSURES)

    async def enter(self, record: AuditRecord) -> None:
        entry = composed(record)
        position = self._entries.count() + 1
        self._entries.put(position, StoredEntry(record.id, position, entry.content))
        if entry.disclosed is not None:
            self._disclosures.put((record.actor.id or NO_ACTOR, record.id), entry.disclosed)


@serves(Disclosures)
class MemoryDisclosures:
    """Implements application.audit.ports.Disclosures."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._disclosures = unit.draft(DISCLOSURES)

    async def forget(self, owners: Sequence[UUID]) -> None:
        for key in self._disclosures.keys_where(lambda key: key[0] in owners):
            self._disclosures.remove(key)


@serves(Ledger)
class MemoryLedger:
    """Implements application.audit.ports.Ledger. Units run one after the other, so every entry is settled."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._entries = unit.draft(ENTRIES)
        self._leaves = unit.draft(LEAVES)
        self._nodes = unit.draft(NODES)
        self._checkpoints = unit.draft(CHECKPOINTS)

    async def lock(self) -> None:
        return

    async def size(self) -> int:
        return self._leaves.count()

    async def unsealed(self, limit: int, *, moved: bool = False) -> list[Unsealed]:
        first = self._leaves.count() + 1
        found = (self._entries.peek(first + n) for n in range(limit))
        known = {leaf.entry_id for leaf in self._leaves.rows()}
        return [
            Unsealed(each.id, 0, each.position, each.content, opened(each.content) or {}, each.id in known)
            for each in found
            if each
        ]

    async def hashes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        found = {number: self._nodes.peek(number) for number in numbers}
        return {number: own for number, own in found.items() if own is not None}

    async def seal(self, leaves: Sequence[Leaf], nodes: Sequence[tuple[int, bytes]]) -> None:
        for each in leaves:
            self._leaves.put(each.index, each)
        for number, own in nodes:
            self._nodes.put(number, own)

    async def signed_size(self) -> int:
        return max((each.checkpoint.size for each in self._checkpoints.rows()), default=0)

    async def keep(self, signed: SignedCheckpoint) -> None:
        self._checkpoints.put(signed.checkpoint.size, signed)
