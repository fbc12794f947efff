"""Routes of the audit ledger."""

from __future__ import annotations

from application.audit.exporting import JSON_LINES, ExportAudit
from application.audit.queries import (
    ListAudit,
    ProveAuditConsistency,
    ProveAuditInclusion,
    ReadAuditCheckpoint,
    ReadAuditEntry,
    VerifyAudit,
)
from entrypoints.http.kit.routing import Tag, document_route, query_route

TAG = Tag("audit", "The audit ledger: who changed what and when, with proofs that no entry was changed or removed.")
ALL = "/audit"
ONE = f"{ALL}/{{entry_id}}"

LISTED = {
    "actor_id": "Only what this user or service account did.",
    "object_id": "Only entries with an event that names this id.",
    "operation": "Only this operation, named as in this document.",
    "occurred_from": "Only what happened at this moment or later.",
    "occurred_before": "Only what happened before this moment.",
}
SIZE = {"size": "The size of the tree; by default that of the newest checkpoint."}
SIZES = {"first": "The smaller size of the tree.", "second": "The larger size; by default the present one."}
LAST = {"last": "How many entries are verified, counted from the newest."}

ROUTES = [
    query_route(
        ALL,
        ListAudit,
        tag=TAG,
        words=LISTED,
        examples={
            "actor_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398e",
            "object_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f",
            "operation": "enroll_user",
            "occurred_from": "2026-03-01T00:00:00Z",
            "occurred_before": "2026-04-01T00:00:00Z",
        },
    ),
    document_route(
        f"{ALL}/checkpoint",
        ReadAuditCheckpoint,
        tag=TAG,
        media_type="text/plain; charset=utf-8",
        words=SIZE,
        public=True,
        alone=True,
        cost=1,
    ),
    query_route(f"{ALL}/consistency", ProveAuditConsistency, tag=TAG, words=SIZES, examples={"first": 1, "second": 2}),
    query_route(f"{ALL}/verify", VerifyAudit, tag=TAG, words=LAST, cost=2),
    document_route(f"{ALL}/export", ExportAudit, tag=TAG, media_type=JSON_LINES, words=SIZE, alone=True, cost=2),
    query_route(ONE, ReadAuditEntry, tag=TAG),
    query_route(f"{ONE}/proof", ProveAuditInclusion, tag=TAG, words=SIZE),
]
