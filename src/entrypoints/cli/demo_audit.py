"""Examples for the operations on the audit ledger in the demonstration's interactive page."""

from __future__ import annotations

from application.audit.queries import ListAudit
from application.audit.sealing import seal
from application.kernel.access import Actor
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example


async def audit_examples(service: Service) -> dict[str, Example]:
    """An example for each operation that names an entry, once everything so far is sealed."""
    await seal(service.bus)
    (newest,) = (await service.bus.ask(ListAudit(limit=1), Actor.system())).items
    # The filters of the list are those of its newest entry.
    named = Example({"entry_id": str(newest.id)})
    return {"read_audit_entry": named, "prove_audit_inclusion": named}
