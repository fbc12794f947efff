"""Sealing: entries get their places in the tree, and the tree is signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from application.audit.ports import AuditKeys, Leaf, Ledger, SignedCheckpoint, Unsealed
from application.kernel.access import Actor, the_system
from application.kernel.bus import Bus
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.schedule import scheduled
from domain.audit.checkpoints import Checkpoint
from domain.audit.entries import found_by
from domain.audit.merkle import GrowingTree, leaf_hash, subtrees
from domain.kernel.schedules import Due, Every

BATCH = 2_000
"""The most entries that one unit of work seals."""
UNREADABLE = "unreadable"
"""The operation of an entry that the service has not written like this."""


@dataclass(slots=True)
class Sealed:
    """How many entries were sealed, and how large the tree is now; `more` if others may be waiting.

    `note` is the new checkpoint, None if nothing was signed.
    """

    sealed: int
    size: int
    more: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class SealAudit(Command[Sealed]):
    """Seal the next entries. `moved` also finds those that were numbered by another database server."""

    moved: bool = False


@handles(SealAudit, allow=the_system, internal=True)
async def seal_audit(
    command: SealAudit, actor: Actor, ledger: Ledger, keys: AuditKeys, clock: Clock, ids: Ids
) -> Sealed:
    """The service seals the entries of the audit ledger that were committed since the last time, in their order, and
    signs the tree if there is a key.
    """
    await ledger.lock()
    size = await ledger.size()
    edge = subtrees(0, size)
    known = await ledger.hashes(edge) if edge else {}
    tree = GrowingTree(size, [known[number] for number in edge])
    new = await ledger.unsealed(BATCH, moved=command.moved)
    nodes = [node for each in new for node in tree.add(leaf_hash(each.content.encode()))]
    if new:
        now = clock.now()
        taken = {each.id for each in new if each.is_known}
        leaves = []
        for index, each in enumerate(new, size):
            leaves.append(_leaf(index, each, now) if each.id not in taken else _unreadable(index, each, ids.new(), now))
            taken.add(each.id)
        await ledger.seal(leaves, nodes)
    more = len(new) == BATCH
    note = None
    if not more and keys.signer is not None and tree.size > await ledger.signed_size():
        checkpoint = Checkpoint(keys.origin, tree.size, tree.root)
        note = checkpoint.signed(keys.signer, keys.sign(checkpoint.text))
        await ledger.keep(SignedCheckpoint(checkpoint, note, clock.now()))
    return Sealed(len(new), tree.size, more, note)


def _leaf(index: int, each: Unsealed, now: datetime) -> Leaf:
    try:
        return Leaf(index, each.id, each.transaction_id, each.position, *found_by(each.entry))
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return _unreadable(index, each, each.id, now)


def _unreadable(index: int, each: Unsealed, entry_id: UUID, now: datetime) -> Leaf:
    """The place of what somebody else has written: it is sealed as it is, so that it holds back no other entry, and
    found by verification. Of several with one id, the later ones are listed by another.
    """
    return Leaf(index, entry_id, each.transaction_id, each.position, now, UNREADABLE, None, frozenset())


async def seal(bus: Bus, *, moved: bool = False) -> Sealed:
    """Seal everything that is waiting; the last result, which counts all that was sealed."""
    total = 0
    while True:
        done = await bus.execute(SealAudit(moved), Actor.system())
        total += done.sealed
        if not done.more:
            return replace(done, sealed=total)


@scheduled("seal-audit", Every(timedelta(minutes=1)))
async def seal_every_minute(due: Due, actor: Actor, bus: Bus) -> None:
    """Entries of the audit ledger that were committed since the last time are sealed, and the tree is signed."""
    await seal(bus)
