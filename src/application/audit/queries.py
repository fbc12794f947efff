"""Showing the audit ledger, its proofs and its checkpoints."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from application.audit.ports import AuditKeys
from application.audit.reading import (
    AuditEntryDetail,
    AuditEntryView,
    AuditFilter,
    AuditReader,
    StoredCheckpoint,
    StoredLeaf,
    Strays,
)
from application.audit.verifying import AuditFinding, AuditVerifier, numbers_of
from application.kernel.access import Actor, compliance_officers, everyone, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from domain.audit.entries import AuditEntryNotFound, NoCheckpoint, NotInTree
from domain.audit.merkle import Span, consistency_spans, inclusion_spans, span_hash, subtrees
from domain.kernel.values import Between, Text

TreeSize = Annotated[int, Between(1, 2**53)]
Operation = Annotated[str, Text(100, pattern=r"[a-z_]+", hint="must be the name of an operation, such as enroll_user")]
BATCH = 1_000
"""Leaves that are read in one statement."""
BEHIND_NOTHING = -(2**63)
"""The position before that of every entry."""


@dataclass(frozen=True, slots=True)
class ListAudit(Query[Page[AuditEntryView]]):
    """The sealed entries of the audit ledger, newest first."""

    actor_id: UUID | None = None
    object_id: UUID | None = None
    operation: Operation | None = None
    occurred_from: datetime | None = None
    occurred_before: datetime | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListAudit, allow=compliance_officers)
async def list_audit(query: ListAudit, actor: Actor, audit: AuditReader) -> Page[AuditEntryView]:
    """Show compliance officers and administrators who changed what and when, newest first.

    An entry appears once it has been sealed, normally within a minute.
    """
    wanted = AuditFilter(query.actor_id, query.object_id, query.operation, query.occurred_from, query.occurred_before)
    return await audit.page(wanted, query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ReadAuditEntry(Query[AuditEntryDetail]):
    """One entry of the audit ledger."""

    entry_id: UUID


@handles(ReadAuditEntry, allow=compliance_officers, raises=(AuditEntryNotFound,))
async def read_audit_entry(query: ReadAuditEntry, actor: Actor, audit: AuditReader) -> AuditEntryDetail:
    """Show compliance officers and administrators an entry, with the values to which it is committed."""
    entry = await audit.detail(query.entry_id)
    if entry is None:
        raise AuditEntryNotFound
    return entry


@dataclass(slots=True)
class InclusionProof:
    """Proves that an entry is in the tree of this size (RFC 9162, 2.1.3). Hashes are in base64.

    `checkpoint` is the signed note of this size, null if none was signed at it.
    """

    entry_id: UUID
    leaf_index: int
    leaf_hash: str
    tree_size: int
    path: list[str]
    root: str
    checkpoint: str | None


@dataclass(frozen=True, slots=True)
class ProveAuditInclusion(Query[InclusionProof]):
    """Proof that an entry is in the tree of a size, by default that of the newest checkpoint that has it."""

    entry_id: UUID
    size: TreeSize | None = None


@handles(ProveAuditInclusion, allow=compliance_officers, raises=(AuditEntryNotFound, NotInTree))
async def prove_audit_inclusion(query: ProveAuditInclusion, actor: Actor, audit: AuditReader) -> InclusionProof:
    """Prove to compliance officers and administrators that an entry is in the ledger, and at which place."""
    entry = await audit.detail(query.entry_id)
    if entry is None:
        raise AuditEntryNotFound
    state, index = await audit.state(), entry.leaf_index
    signed = state.newest.size if state.newest and state.newest.size > index else state.size
    size = query.size or signed
    if not index < size <= state.size:
        raise NotInTree
    spans = inclusion_spans(index, size)
    root, *path = await _hashes(audit, [(0, size), *spans])
    point = await audit.checkpoint(size)
    return InclusionProof(entry.id, index, entry.leaf_hash, size, path, root, None if point is None else point.note)


@dataclass(slots=True)
class ConsistencyProof:
    """Proves that the tree of the second size begins with the whole tree of the first (RFC 9162, 2.1.4).

    Hashes are in base64.
    """

    first: int
    second: int
    first_root: str
    second_root: str
    path: list[str]


@dataclass(frozen=True, slots=True)
class ProveAuditConsistency(Query[ConsistencyProof]):
    """Proof that nothing was changed or removed between two sizes; the second is by default the present one."""

    first: TreeSize
    second: TreeSize | None = None


@handles(ProveAuditConsistency, allow=compliance_officers, raises=(NotInTree,))
async def prove_audit_consistency(query: ProveAuditConsistency, actor: Actor, audit: AuditReader) -> ConsistencyProof:
    """Prove to compliance officers and administrators that the ledger only grew between two sizes."""
    state = await audit.state()
    second = query.second or state.size
    if not query.first <= second <= state.size:
        raise NotInTree
    spans = consistency_spans(query.first, second) if query.first < second else []
    first_root, second_root, *path = await _hashes(audit, [(0, query.first), (0, second), *spans])
    return ConsistencyProof(query.first, second, first_root, second_root, path)


@dataclass(frozen=True, slots=True)
class ReadAuditCheckpoint(Query[bytes]):
    """The newest signed checkpoint, or that of a size."""

    size: TreeSize | None = None


@handles(ReadAuditCheckpoint, allow=everyone, raises=(NoCheckpoint,))
async def read_audit_checkpoint(query: ReadAuditCheckpoint, actor: Actor, audit: AuditReader) -> bytes:
    """Give everyone the signed size and root of the audit ledger, so that others can keep and compare them.

    It tells how many changes there were, and nothing about them.
    """
    point = (await audit.state()).newest if query.size is None else await audit.checkpoint(query.size)
    if point is None:
        raise NoCheckpoint
    return point.note.encode()


@dataclass(slots=True)
class AuditCheck:
    """What the service finds when it verifies its own ledger: `findings` is empty if everything fits.

    `checked` entries were verified, up to the newest one. `tree_size` is the number of all sealed entries,
    `signed_size` that of the newest checkpoint, null without any.
    """

    checked: int
    tree_size: int
    signed_size: int | None
    findings: list[AuditFinding]


@dataclass(frozen=True, slots=True)
class VerifyAudit(Query[AuditCheck]):
    """Verify the last entries of the ledger."""

    last: Annotated[int, Between(1, 5_000)] = 1_000


@handles(VerifyAudit, allow=compliance_officers)
async def verify_audit(query: VerifyAudit, actor: Actor, audit: AuditReader, keys: AuditKeys) -> AuditCheck:
    """Verify, for compliance officers and administrators, the last entries, their place in the tree and the newest
    checkpoint. `unified-dental verify-audit` verifies everything.
    """
    state = await audit.state()
    start, newest = max(0, state.size - query.last), state.newest
    edge = subtrees(0, start)
    known = await _known(audit, edge)
    verifier = AuditVerifier(keys, [newest] if newest else [], start, [known.get(number, b"") for number in edge])
    while start < state.size:
        batch = await _batch(audit, start)
        leaves = [each for each in batch.leaves if each.index < state.size]
        if not leaves:
            break
        verifier.take(leaves, batch.hashes)
        start = leaves[-1].index + 1
    return AuditCheck(verifier.checked, state.size, newest.size if newest else None, verifier.finish())


@dataclass(frozen=True, slots=True)
class LeafBatch:
    """Leaves in their order, with the stored hashes of the subtrees that end with them."""

    leaves: Sequence[StoredLeaf]
    hashes: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class ReadAuditLeaves(Query[LeafBatch]):
    """Leaves as they are stored, from this index on."""

    start: int


@handles(ReadAuditLeaves, allow=the_system, internal=True)
async def read_audit_leaves(query: ReadAuditLeaves, actor: Actor, audit: AuditReader) -> LeafBatch:
    """The command line reads the ledger to verify it."""
    return await _batch(audit, query.start)


@dataclass(frozen=True, slots=True)
class StoredPoints:
    """All checkpoints, and the number of sealed entries."""

    size: int
    checkpoints: Sequence[StoredCheckpoint]


@dataclass(frozen=True, slots=True)
class ReadAuditPoints(Query[StoredPoints]):
    """Everything that leaves are verified against."""


@handles(ReadAuditPoints, allow=the_system, internal=True)
async def read_audit_points(query: ReadAuditPoints, actor: Actor, audit: AuditReader) -> StoredPoints:
    """The command line reads the checkpoints to verify them."""
    state = await audit.state()
    found: list[StoredCheckpoint] = []
    while some := await audit.checkpoints(found[-1].size if found else 0, BATCH):
        found += some
    return StoredPoints(state.size, found)


@dataclass(frozen=True, slots=True)
class ReadAuditStrays(Query[Strays]):
    """Which of the next entries, behind this position, are in no leaf although later ones are."""

    behind: int = BEHIND_NOTHING


@handles(ReadAuditStrays, allow=the_system, internal=True)
async def read_audit_strays(query: ReadAuditStrays, actor: Actor, audit: AuditReader) -> Strays:
    """The command line looks for entries that were added to what is sealed."""
    return await audit.strays(query.behind, BATCH)


async def _batch(audit: AuditReader, start: int) -> LeafBatch:
    leaves = await audit.leaves(start, BATCH)
    numbers = numbers_of(start, leaves[-1].index + 1) if leaves else []
    return LeafBatch(leaves, await _known(audit, numbers))


async def _hashes(audit: AuditReader, spans: Sequence[Span]) -> list[str]:
    """The hashes of these spans, in base64, with one statement."""
    known = await _known(audit, sorted({number for span in spans for number in subtrees(*span)}))
    return [base64.b64encode(span_hash(span, known)).decode() for span in spans]


async def _known(audit: AuditReader, numbers: Sequence[int]) -> dict[int, bytes]:
    return {each.number: each.own for each in await audit.hashes(numbers)} if numbers else {}
