"""Exporting the audit ledger, for auditors who verify it themselves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated

from application.audit.reading import AuditReader, StoredLeaf
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Query
from application.reporting.report import ReportFile
from domain.audit.entries import NotInTree
from domain.kernel.values import Between

BATCH = 500
"""Leaves that are read in one statement."""
JSON_LINES = "application/jsonl"


@dataclass(frozen=True, slots=True)
class ExportAudit(Query[ReportFile[bytes]]):
    """The whole ledger in its order, up to a size; by default that of the newest checkpoint."""

    size: Annotated[int, Between(1, 2**53)] | None = None


@handles(ExportAudit, allow=compliance_officers, raises=(NotInTree,))
async def export_audit(query: ExportAudit, actor: Actor, audit: AuditReader) -> ReportFile[bytes]:
    """Export the audit ledger to compliance officers and administrators as JSON lines, sent while it is read.

    Each line is canonical JSON with the entry, its index and hash, and the values to which it is committed.
    `verify_audit.py` verifies the file with a checkpoint of the same size.
    """
    state = await audit.state()
    size = query.size or (state.newest.size if state.newest else state.size)
    if size > state.size:
        raise NotInTree
    return ReportFile(JSON_LINES, "audit.jsonl", _lines(audit, size))


async def _lines(audit: AuditReader, size: int) -> AsyncGenerator[bytes, None]:
    start = 0
    while start < size:
        leaves = [each for each in await audit.leaves(start, BATCH) if each.index < size]
        if not leaves:
            return
        yield b"".join(map(line_of, leaves))
        start = leaves[-1].index + 1


def line_of(leaf: StoredLeaf) -> bytes:
    """The line of a leaf; of one without an entry or a hash, the entry is null and the hash is empty."""
    own = (leaf.stored_hash or b"").hex()
    entry = leaf.content or "null"
    return f'{{"disclosed":{leaf.disclosed},"entry":{entry},"index":{leaf.index},"leaf_hash":"{own}"}}\n'.encode()
