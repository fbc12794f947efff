"""Writing the audit ledger: entries by commands, the tree when they are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, Select, bindparam, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.audit_entries import composed, opened
from adapters.registry import serves
from adapters.sql.audit.tables import checkpoints, entries, leaves, nodes, objects
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.transactions import settled
from adapters.sql.kit.types import TransactionId
from adapters.sql.kit.units import SqlUnit
from application.audit.ports import Disclosures, Leaf, Ledger, SignedCheckpoint, Unsealed
from application.kernel.units import AuditRecord, AuditTrail

SEALING = 7_412_050
"""The advisory lock for sealing: one transaction at a time."""


class of_another_server(FunctionElement[bool]):  # noqa: N801  # reads as the SQL function it is
    """Whether the number was given out by another server: this one has not come so far, and yet the row is there.

    On SQLite always, as no row has a number there.
    """

    type = Boolean()
    inherit_cache = True


@compiles(of_another_server, "postgresql")
def _of_another_server_postgresql(element: of_another_server, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(element.clauses, **kw)
    return f"{column} >= pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"


@compiles(of_another_server, "sqlite")
def _of_another_server_sqlite(element: of_another_server, compiler: SQLCompiler, **kw: Any) -> str:
    return "1"


class _before_all(FunctionElement[int]):  # noqa: N801
    """A transaction number before every other."""

    type = TransactionId()
    inherit_cache = True


@compiles(_before_all, "postgresql")
def _before_all_postgresql(element: _before_all, compiler: SQLCompiler, **kw: Any) -> str:
    return "'0'::pg_catalog.xid8"


@compiles(_before_all, "sqlite")
def _before_all_sqlite(element: _before_all, compiler: SQLCompiler, **kw: Any) -> str:
    return "0"


def _of_last_leaf(name: str) -> Any:
    return select(leaves.c[name]).order_by(leaves.c.leaf_index.desc()).limit(1).scalar_subquery()


LAST = tuple_(
    func.coalesce(_of_last_leaf("transaction_id"), _before_all()), func.coalesce(_of_last_leaf("entry_position"), 0)
)
"""Transaction and position of the entry that was sealed last, before those of every entry if there is none."""
PLACE = tuple_(entries.c.transaction_id, entries.c.position)


def _unsealed(moved: bool) -> Select[Any]:
    number = entries.c.transaction_id
    same = select(leaves.c.leaf_index).where(leaves.c.entry_id == entries.c.id).exists()
    waiting = select(entries.c.id, number, entries.c.position, entries.c.content, same)
    sealed = select(leaves.c.leaf_index).where(leaves.c.entry_position == entries.c.position).exists()
    some = [or_(settled(number), of_another_server(number))] if moved else [PLACE > LAST, settled(number)]
    # The last condition holds for all but the entries of a server on which the database was before.
    return waiting.where(*some, ~sealed).order_by(number, entries.c.position).limit(bindparam("limit", type_=Integer()))


UNSEALED = {moved: _unsealed(moved) for moved in (False, True)}
_forget = update(entries).values(disclosed=None).where(any_of(entries.c.owner_id, "owners"))
# In this order, since entries may be sealed between the two. Writers keep no index of owners: that of leaves is used.
FORGET_UNSEALED = _forget.where(or_(PLACE > LAST, of_another_server(entries.c.transaction_id)))
FORGET_SEALED = _forget.where(
    entries.c.position.in_(select(leaves.c.entry_position).where(any_of(leaves.c.actor_id, "owners")))
)
SIZE = func.coalesce(select(func.max(leaves.c.leaf_index) + 1).scalar_subquery(), 0)
SELECT_SIZE = select(SIZE)
SIGNED_SIZE = select(func.coalesce(func.max(checkpoints.c.tree_size), 0))
HASHES = select(nodes.c.number, nodes.c.hash).where(any_of(nodes.c.number, "numbers"))


@serves(AuditTrail)
class SqlAuditTrail:
    """Rows of entries, written together with the changes that they are about."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def enter(self, record: AuditRecord) -> None:
        entry = composed(record)
        said = {"content": entry.content, "disclosed": entry.disclosed}
        await self._unit.insert_last(entries, [{"id": record.id, **said, "owner_id": record.actor.id}])


@serves(Disclosures)
class SqlDisclosures:
    """Implements application.audit.ports.Disclosures."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def forget(self, owners: Sequence[UUID]) -> None:
        session = await self._unit.session()
        # A trigger checks whether the owner was erased, so the erasure is written first.
        await session.flush()
        for forget in (FORGET_UNSEALED, FORGET_SEALED):
            await session.execute(forget, {"owners": owners})


@serves(Ledger)
class SqlLedger:
    """Implements application.audit.ports.Ledger."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def lock(self) -> None:
        await self._unit.session(long=True)
        await self._unit.hold(SEALING)

    async def size(self) -> int:
        return int((await self._unit.fetch(SELECT_SIZE))[0][0])

    async def unsealed(self, limit: int, *, moved: bool = False) -> list[Unsealed]:
        rows = await self._unit.fetch(UNSEALED[moved], limit=limit)
        return [
            Unsealed(entry_id, number, position, content, opened(content) or {}, is_known)
            for entry_id, number, position, content, is_known in rows
        ]

    async def hashes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        return {number: bytes(own) for number, own in await self._unit.fetch(HASHES, numbers=numbers)}

    async def seal(self, added: Sequence[Leaf], grown: Sequence[tuple[int, bytes]]) -> None:
        session = await self._unit.session()
        places = [
            {
                "leaf_index": each.index,
                "entry_id": each.entry_id,
                "transaction_id": each.transaction_id,
                "entry_position": each.position,
                "occurred_at": each.occurred_at,
                "operation": each.operation,
                "actor_id": each.actor_id,
            }
            for each in added
        ]
        await session.execute(insert(leaves), places)
        await session.execute(insert(nodes), [{"number": number, "hash": own} for number, own in grown])
        if found := [{"object_id": one, "leaf_index": each.index} for each in added for one in sorted(each.objects)]:
            await session.execute(insert(objects), found)

    async def signed_size(self) -> int:
        return int((await self._unit.fetch(SIGNED_SIZE))[0][0])

    async def keep(self, signed: SignedCheckpoint) -> None:
        point = signed.checkpoint
        row = {"tree_size": point.size, "root": point.root, "note": signed.note, "signed_at": signed.signed_at}
        await (await self._unit.session()).execute(insert(checkpoints), [row])
