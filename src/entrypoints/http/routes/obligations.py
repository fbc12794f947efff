"""Routes of what people owe."""

from __future__ import annotations

from application.compliance.obligations.coverage import ListUncoveredPeople
from application.compliance.obligations.queries import (
    ListObligationExceptions,
    ListObligations,
    ListUserObligations,
)
from application.compliance.obligations.todo import ReadClearances, ReadLocationClearances, ReadToDo
from application.compliance.retention import ReadRecordRetention
from entrypoints.http.kit.routing import Tag, query_route

TAG = Tag("obligations", "What people owe and hold by the requirements that they are under.")

WHEN = {
    "as_of": "The day that is shown; by default today.",
    "known_at": "Only what was recorded by this moment counts; by default the present.",
}
FILTERS = {
    **WHEN,
    "label": "Only obligations with this label, or with one of these when it is repeated.",
    "fulfillment": "Only obligations that are so, or one of these when it is repeated.",
    "timing": "Only obligations with this timing, or with one of these when it is repeated.",
    "relief": "Only obligations with this relief in force, or with one of these when it is repeated.",
    "requirement_id": "Only this requirement, or one of these when it is repeated.",
    "user_id": "Only this person, or one of these when it is repeated.",
    "location_id": "Only obligations that belong to this location, or to one of these when it is repeated.",
    "department": "Only obligations that belong to this department, or to one of these when it is repeated.",
    "task": "Only obligations that block this task, or one of these when it is repeated.",
    "due_before": "Only obligations with something due before this day.",
}
EXAMPLES: dict[str, object] = {
    "as_of": "2026-03-01",
    "known_at": "2026-03-20T12:00:00Z",
    "label": ["overdue", "lapsed"],
    "fulfillment": ["unmet", "lapsed"],
    "timing": ["overdue"],
    "relief": ["none"],
    "requirement_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "user_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "location_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "department": ["Hygiene", "Assisting"],
    "task": ["take_radiographs"],
    "due_before": "2026-04-01",
}


AT_LOCATION = "/locations/{location_id}/clearances"
DAY, DAY_EXAMPLE = {"as_of": WHEN["as_of"]}, {"as_of": "2026-03-01"}
OF_EXCEPTIONS = ("as_of", "known_at", "requirement_id", "location_id", "department")
ROUTES = [
    query_route("/obligations", ListObligations, tag=TAG, words=FILTERS, examples=EXAMPLES),
    query_route(
        "/obligations/exceptions",
        ListObligationExceptions,
        tag=TAG,
        words={name: FILTERS[name] for name in OF_EXCEPTIONS},
        examples={name: EXAMPLES[name] for name in OF_EXCEPTIONS},
    ),
    query_route(
        "/users/{user_id}/obligations",
        ListUserObligations,
        tag=TAG,
        words=WHEN,
        examples={name: EXAMPLES[name] for name in WHEN},
    ),
    query_route("/requirements/coverage", ListUncoveredPeople, tag=TAG, words=DAY, examples=DAY_EXAMPLE),
    query_route("/records/{record_id}/retention", ReadRecordRetention, tag=TAG),
    query_route("/users/{user_id}/todo", ReadToDo, tag=TAG),
    query_route("/users/{user_id}/clearances", ReadClearances, tag=TAG, words=DAY, examples=DAY_EXAMPLE),
    query_route(
        "/locations/{location_id}/clearances", ReadLocationClearances, tag=TAG, words=DAY, examples=DAY_EXAMPLE
    ),
]
