"""Routes of requirements."""

from __future__ import annotations

from application.compliance.requirements.commands import AddRequirement, EditRequirement, RetireRequirement
from application.compliance.requirements.explaining import ExplainRequirement
from application.compliance.requirements.previewing import PreviewRequirement
from application.compliance.requirements.queries import ListRequirements, ReadRequirement, ReadRequirementVersion
from application.compliance.requirements.versions import ApproveVersion, DiscardDraft, DraftVersion
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("requirements", "Who must hold which training or credential, by when and how often.")
ALL = "/requirements"
ONE = f"{ALL}/{{requirement_id}}"
VERSIONS = f"{ONE}/versions"
VERSION = f"{VERSIONS}/{{number}}"

TERMS = {
    "audience": {"field": "job_code", "is": ["hygienist", "dental_assistant"]},
    "fulfillment": {"kind": "credential", "type": "bls", "expiry": "document"},
    "first_due": {"kind": "days_after", "anchor": "hire", "days": 30},
    "repeats": {"kind": "after_completion", "months": 24, "window_days": 90},
    "relief": {"delay": True, "extension_days": 30},
    "citation": {"text": "Handbook, page 12", "basis": "policy", "jurisdiction": "Unified Dental"},
    "blocks": ["monitor_nitrous"],
}
NEW_REQUIREMENT = {
    "code": "basic_life_support",
    "title": "Basic life support",
    "effective_on": "2026-06-01",
    "note": "As the handbook asks.",
    "terms": TERMS,
}
NEW_VERSION = {
    "effective_on": "2027-01-01",
    "note": "Dentists too.",
    "terms": {**TERMS, "audience": {"field": "job_code", "is": ["dentist", "hygienist", "dental_assistant"]}},
    "running": "next",
    "transition_days": 60,
}
PREVIEWED = {"effective_on": "2026-06-01", "terms": TERMS}
EITHER = {
    "anyOf": [
        {"required": names, "properties": {name: {} for name in names}}
        for names in (["effective_on", "terms"], ["requirement_id", "number"])
    ]
}
WORDS = {
    "is_retired": "Whether the requirements are retired today.",
    "has_draft": "Whether the requirements have a draft, which waits for an approval.",
}
OF_VERSION = {"number": "The number of the version, from 1."}
WHY = {
    "as_of": "The day; by default today.",
    "number": "The version that is asked about; by default the one that counts for the person on that day.",
}
WHY_EXAMPLES = {"as_of": "2026-03-01", "number": 1}

ROUTES = [
    query_route(ALL, ListRequirements, tag=TAG, words=WORDS),
    command_route(
        "POST",
        ALL,
        AddRequirement,
        status=201,
        location="/v1/requirements/{id}",
        tag=TAG,
        example=NEW_REQUIREMENT,
    ),
    command_route("POST", f"{ALL}/preview", PreviewRequirement, tag=TAG, example=PREVIEWED, rule=EITHER, cost=2),
    query_route(ONE, ReadRequirement, tag=TAG),
    query_route(f"{ONE}/people/{{user_id}}", ExplainRequirement, tag=TAG, words=WHY, examples=WHY_EXAMPLES),
    command_route("PATCH", ONE, EditRequirement, tag=TAG, example={"title": "Basic life support, with AED"}),
    command_route("POST", f"{ONE}/retire", RetireRequirement, tag=TAG, example={"retired_on": "2028-12-31"}),
    command_route(
        "POST",
        VERSIONS,
        DraftVersion,
        status=201,
        location="/v1/requirements/{requirement_id}/versions/{draft_number}",
        tag=TAG,
        example=NEW_VERSION,
    ),
    query_route(VERSION, ReadRequirementVersion, tag=TAG, words=OF_VERSION),
    command_route("DELETE", VERSION, DiscardDraft, status=204, tag=TAG, words=OF_VERSION),
    command_route(
        "POST",
        f"{VERSION}/approve",
        ApproveVersion,
        tag=TAG,
        example={"acknowledge": False},
        words=OF_VERSION,
        guarded=True,
    ),
]
