"""Routes of relief."""

from __future__ import annotations

from application.compliance.relief.commands import ApproveRelief, EndRelief, RejectRelief, RequestRelief
from application.compliance.relief.decrees import ApproveDecree, DecreeRelief, EndDecree, RejectDecree
from application.compliance.relief.queries import ListRelief, ReadDecree, ReadRelief
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("relief", "Delays, extensions, waivers and equivalents: requested, decided by somebody else, and ended.")
ALL = "/relief"
ONE = f"{ALL}/{{relief_id}}"
DECREES = f"{ALL}/decree"
DECREE = "/decrees/{decree_id}"

REQUESTED = {
    "user_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f",
    "requirement_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c073990",
    "kind": "extension",
    "reason": "no_session",
    "from_day": "2026-06-01",
    "until": "2026-06-20",
    "note": "The class of June 3 was full; the next one is on June 18.",
}
DECREED = {
    "requirement_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c073990",
    "kind": "delay",
    "reason": "disaster",
    "from_day": "2026-07-08",
    "until": "2026-08-07",
    "source": {
        "text": "Disaster proclamation of July 8, 2026",
        "basis": "policy",
        "jurisdiction": "TX",
    },
    "audience": {"field": "state", "is": ["TX"]},
}
WORDS = {
    "status": "Only relief about which this is decided, or one of these when it is repeated.",
    "user_id": "Only relief of this person.",
    "requirement_id": "Only relief from this requirement.",
    "decree_id": "Only relief by this decree.",
}
REASON = {"note": "There is a class on June 3 with seats left."}
ENDS = {"last_day": "2026-06-10", "note": "A seat was found."}

ROUTES = [
    query_route(ALL, ListRelief, tag=TAG, words=WORDS),
    command_route("POST", ALL, RequestRelief, status=201, location="/v1/relief/{id}", tag=TAG, example=REQUESTED),
    query_route(ONE, ReadRelief, tag=TAG),
    command_route("POST", f"{ONE}/approve", ApproveRelief, tag=TAG, example={}),
    command_route("POST", f"{ONE}/reject", RejectRelief, tag=TAG, example=REASON),
    command_route("POST", f"{ONE}/end", EndRelief, tag=TAG, example=ENDS),
    command_route(
        "POST", DECREES, DecreeRelief, status=201, location="/v1/decrees/{id}", tag=TAG, example=DECREED, cost=2
    ),
    query_route(DECREE, ReadDecree, tag=TAG),
    command_route("POST", f"{DECREE}/approve", ApproveDecree, tag=TAG, example={}, cost=2),
    command_route("POST", f"{DECREE}/reject", RejectDecree, tag=TAG, example=REASON, cost=2),
    command_route("POST", f"{DECREE}/end", EndDecree, tag=TAG, example=ENDS, cost=2),
]
