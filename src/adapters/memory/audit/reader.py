"""Reading the audit ledger in memory."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from adapters.audit_entries import NO_ACTOR, opened
from adapters.memory.audit.tables import CHECKPOINTS, DISCLOSURES, ENTRIES, LEAVES, NODES
from adapters.memory.kit.store import MemoryStore
from adapters.memory.kit.tables import newest_first
from adapters.registry import serves
from application.audit.ports import Leaf, SignedCheckpoint
from application.audit.reading import (
    AuditEntryDetail,
    AuditEntryView,
    AuditFilter,
    AuditReader,
    LedgerState,
    StoredCheckpoint,
    StoredHash,
    StoredLeaf,
    Strays,
)
from application.kernel.messages import Cursor, Page
from domain.audit.merkle import node_number


@serves(AuditReader)
class MemoryAuditReader:
    """Implements application.audit.reading.AuditReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._entries = store.table(ENTRIES)
        self._disclosures = store.table(DISCLOSURES)
        self._leaves = store.table(LEAVES)
        self._nodes = store.table(NODES)
        self._checkpoints = store.table(CHECKPOINTS)

    async def page(self, wanted: AuditFilter, after: Cursor | None, limit: int) -> Page[AuditEntryView]:
        rows = (leaf for leaf in self._leaves.rows() if _fits(leaf, wanted))
        return newest_first(rows, lambda leaf: (leaf.occurred_at, leaf.entry_id), self._view, after=after, limit=limit)

    async def detail(self, entry_id: UUID) -> AuditEntryDetail | None:
        for leaf in self._leaves.rows():
            if leaf.entry_id == entry_id:
                view, own = self._view(leaf), self._nodes.by_key[node_number(0, leaf.index)]
                return AuditEntryDetail(
                    view.id,
                    view.leaf_index,
                    view.occurred_at,
                    view.entry,
                    view.disclosed,
                    base64.b64encode(own).decode(),
                )
        return None

    async def state(self) -> LedgerState:
        points = self._checkpoints.by_key
        return LedgerState(len(self._leaves.by_key), _point(points[max(points)]) if points else None)

    async def checkpoint(self, size: int) -> StoredCheckpoint | None:
        found = self._checkpoints.peek(size)
        return None if found is None else _point(found)

    async def checkpoints(self, behind: int, limit: int) -> list[StoredCheckpoint]:
        sizes = sorted(size for size in self._checkpoints.by_key if size > behind)
        return [_point(self._checkpoints.by_key[size]) for size in sizes[:limit]]

    async def hashes(self, numbers: Sequence[int]) -> list[StoredHash]:
        by_key = self._nodes.by_key
        return [StoredHash(number, by_key[number]) for number in numbers if number in by_key]

    async def leaves(self, start: int, limit: int) -> list[StoredLeaf]:
        indexes = sorted(index for index in self._leaves.by_key if index >= start)
        return [self._stored(self._leaves.by_key[index]) for index in indexes[:limit]]

    async def strays(self, behind: int, limit: int) -> Strays:
        sealed = {leaf.position for leaf in self._leaves.rows()}
        last = max(self._leaves.by_key, default=None)
        until = 0 if last is None else self._leaves.by_key[last].position
        later = sorted(
            (each for each in self._entries.rows() if each.position > behind), key=lambda each: each.position
        )
        some = later[:limit]
        lost = [each.id for each in some if each.position not in sealed and each.position <= until]
        return Strays(lost, some[-1].position if len(some) == limit else None)

    def _disclosed(self, leaf: Leaf) -> str:
        return self._disclosures.peek((leaf.actor_id or NO_ACTOR, leaf.entry_id)) or "{}"

    def _view(self, leaf: Leaf) -> AuditEntryView:
        content: Any = self._entries.by_key[leaf.position].content
        return AuditEntryView(
            leaf.entry_id,
            leaf.index,
            leaf.occurred_at,
            msgspec.Raw(content.encode()),
            msgspec.Raw(self._disclosed(leaf).encode()),
        )

    def _stored(self, leaf: Leaf) -> StoredLeaf:
        entry, disclosed = self._entries.peek(leaf.position), self._disclosed(leaf)
        content = None if entry is None else entry.content
        return StoredLeaf(
            leaf.index,
            leaf.entry_id,
            leaf.position,
            leaf.occurred_at,
            leaf.operation,
            leaf.actor_id,
            self._nodes.peek(node_number(0, leaf.index)),
            content,
            opened(content),
            disclosed,
            opened(disclosed),
        )


def _fits(leaf: Leaf, wanted: AuditFilter) -> bool:
    return (
        wanted.actor_id in (None, leaf.actor_id)
        and (wanted.object_id is None or wanted.object_id in leaf.objects)
        and wanted.operation in (None, leaf.operation)
        and (wanted.occurred_from is None or leaf.occurred_at >= wanted.occurred_from)
        and (wanted.occurred_before is None or leaf.occurred_at < wanted.occurred_before)
    )


def _point(signed: SignedCheckpoint) -> StoredCheckpoint:
    return StoredCheckpoint(signed.checkpoint.size, signed.checkpoint.root, signed.note)
