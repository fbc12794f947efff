"""Reading the audit ledger."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    func,
    select,
    true,
    type_coerce,
)

from adapters.audit_entries import opened
from adapters.registry import serves
from adapters.sql.audit.ledger import HASHES, LAST, PLACE, SIZE
from adapters.sql.audit.tables import checkpoints, entries, leaves, nodes, objects
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment, Unopened
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

DISCLOSED = func.coalesce(entries.c.disclosed, "{}")
WITH_ENTRY = leaves.join(entries, entries.c.position == leaves.c.entry_position)
SHOWN = columns_of(
    AuditEntryView,
    leaves,
    id=leaves.c.entry_id,
    entry=type_coerce(entries.c.content, Unopened()),
    disclosed=type_coerce(DISCLOSED, Unopened()),
)
LISTED = Listing(AuditEntryView, lambda last: Cursor(last.occurred_at, last.id))
NEWEST = Order(leaves.c.occurred_at, leaves.c.entry_id)
CONDITIONS: dict[str, ColumnElement[bool]] = {
    "actor_id": leaves.c.actor_id == bindparam("actor_id", type_=Uuid()),
    "object_id": leaves.c.leaf_index.in_(
        select(objects.c.leaf_index).where(objects.c.object_id == bindparam("object_id", type_=Uuid()))
    ),
    "operation": leaves.c.operation == bindparam("operation", type_=String()),
    "occurred_from": leaves.c.occurred_at >= bindparam("occurred_from", type_=Moment()),
    "occurred_before": leaves.c.occurred_at < bindparam("occurred_before", type_=Moment()),
}

OWN_HASH = nodes.c.number == leaves.c.leaf_index * 2
DETAIL = (
    select(*SHOWN, nodes.c.hash)
    .select_from(WITH_ENTRY.join(nodes, OWN_HASH))
    .where(leaves.c.entry_id == bindparam("entry_id", type_=Uuid()))
)
POINT = columns_of(StoredCheckpoint, checkpoints, size=checkpoints.c.tree_size)
_newest = select(*POINT).order_by(checkpoints.c.tree_size.desc()).limit(1).subquery("newest")
_sealed = select(SIZE.label("sealed")).subquery("standing")
STANDING = select(_sealed.c.sealed, *_newest.c).select_from(_sealed.outerjoin(_newest, true()))
ONE_POINT = select(*POINT).where(checkpoints.c.tree_size == bindparam("size", type_=BigInteger()))
POINTS = (
    select(*POINT)
    .where(checkpoints.c.tree_size > bindparam("behind", type_=BigInteger()))
    .order_by(checkpoints.c.tree_size)
    .limit(bindparam("limit", type_=Integer()))
)
LEAVES = (
    select(
        leaves.c.leaf_index,
        leaves.c.entry_id,
        leaves.c.entry_position,
        leaves.c.occurred_at,
        leaves.c.operation,
        leaves.c.actor_id,
        nodes.c.hash,
        entries.c.content,
        DISCLOSED.label("disclosed"),
    )
    .select_from(leaves.outerjoin(entries, entries.c.position == leaves.c.entry_position).outerjoin(nodes, OWN_HASH))
    .where(leaves.c.leaf_index >= bindparam("start", type_=BigInteger()))
    .order_by(leaves.c.leaf_index)
    .limit(bindparam("limit", type_=Integer()))
)
_some = (
    select(entries.c.position, entries.c.id, (PLACE <= LAST).label("is_before_others"))
    .where(entries.c.position > bindparam("behind", type_=BigInteger()))
    .order_by(entries.c.position)
    .limit(bindparam("limit", type_=Integer()))
    .subquery("some")
)
STRAYS = (
    select(_some.c.position, _some.c.id, and_(_some.c.is_before_others, leaves.c.leaf_index.is_(None)))
    .select_from(_some.outerjoin(leaves, leaves.c.entry_position == _some.c.position))
    .order_by(_some.c.position)
)


@lru_cache(MOST_STATEMENTS)
def _page(conditions: frozenset[str], after: bool) -> Select[Any]:
    some = select(*SHOWN).select_from(WITH_ENTRY)
    for name in sorted(conditions):
        some = some.where(CONDITIONS[name])
    return listed(some, NEWEST, after=after)


@serves(AuditReader)
class SqlAuditReader:
    """Implements application.audit.reading.AuditReader, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, wanted: AuditFilter, after: Cursor | None, limit: int) -> Page[AuditEntryView]:
        where = given(**{name: getattr(wanted, name) for name in CONDITIONS})
        statement = _page(frozenset(where), after is not None)
        return await LISTED.page(self._reads, statement, after, limit, **where) or Page([], None)

    async def detail(self, entry_id: UUID) -> AuditEntryDetail | None:
        rows = await self._reads.rows(DETAIL, entry_id=entry_id)
        if not rows:
            return None
        entry_id, leaf_index, occurred_at, entry, disclosed, own = rows[0]
        leaf = base64.b64encode(bytes(own)).decode()
        return AuditEntryDetail(entry_id, leaf_index, occurred_at, entry, disclosed, leaf)

    async def state(self) -> LedgerState:
        ((sealed, size, root, note),) = await self._reads.rows(STANDING)
        return LedgerState(sealed, None if size is None else StoredCheckpoint(size, bytes(root), note))

    async def checkpoint(self, size: int) -> StoredCheckpoint | None:
        rows = await self._reads.rows(ONE_POINT, size=size)
        return _point(rows[0]) if rows else None

    async def checkpoints(self, behind: int, limit: int) -> list[StoredCheckpoint]:
        return [_point(row) for row in await self._reads.rows(POINTS, behind=behind, limit=limit)]

    async def hashes(self, numbers: Sequence[int]) -> list[StoredHash]:
        return [StoredHash(number, bytes(own)) for number, own in await self._reads.rows(HASHES, numbers=numbers)]

    async def leaves(self, start: int, limit: int) -> list[StoredLeaf]:
        return [_leaf(row) for row in await self._reads.rows(LEAVES, start=start, limit=limit)]

    async def strays(self, behind: int, limit: int) -> Strays:
        rows = await self._reads.rows(STRAYS, behind=behind, limit=limit)
        found = [entry_id for _, entry_id, is_stray in rows if is_stray]
        return Strays(found, rows[-1][0] if len(rows) == limit else None)


def _leaf(row: Any) -> StoredLeaf:
    index, entry_id, position, occurred_at, operation, actor_id, own, content, disclosed = row
    stored = None if own is None else bytes(own)
    place = index, entry_id, position, occurred_at, operation, actor_id
    return StoredLeaf(*place, stored, content, opened(content), disclosed, opened(disclosed))


def _point(row: Any) -> StoredCheckpoint:
    size, root, note = row
    return StoredCheckpoint(size, bytes(root), note)
