"""Routes of reports."""

from __future__ import annotations

from application.reporting.obligation_reports import (
    ReadChanges,
    ReadCompliance,
    ReadExpiring,
    ReadForecast,
    ReadOverdue,
)
from application.reporting.queries import ReadParticipation
from application.reporting.transcripts import ReadTranscript
from entrypoints.http.kit.routing import Tag, query_route

TAG = Tag("reports", "Counts for managers and the group's leaders.")

WORDS = {
    "as_of": "The day that the report is of; by default today.",
    "known_at": "Only what was recorded by this moment counts; by default the watermark.",
    "known_from": "What was known before is what was recorded by this moment; by default the end of the day.",
    "known_to": "What was known after is what was recorded by this moment; by default the watermark.",
    "group_by": "What is counted by; several when it is repeated.",
    "within_days": "Only what ends within so many days, the day itself and the last one included.",
    "weeks": "How many weeks, the present one included.",
    "requirement_id": "Only this requirement, or one of these when it is repeated.",
    "location_id": "Only obligations that belong to this location, or to one of these when it is repeated.",
    "department": "Only obligations that belong to this department, or to one of these when it is repeated.",
    "format": "`csv` and `xlsx` are sent as files for spreadsheets.",
}
EXAMPLES = {
    "as_of": "2026-03-01",
    "known_at": "2026-03-20T12:00:00Z",
    "known_from": "2026-03-01T12:00:00Z",
    "known_to": "2026-03-20T12:00:00Z",
    "group_by": ["location", "requirement"],
    "within_days": 60,
    "weeks": 26,
    "requirement_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "location_id": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"],
    "department": ["Hygiene", "Assisting"],
}
WHOM = ("requirement_id", "location_id", "department", "as_of", "known_at", "format")
FIELDS = {
    "/reports/compliance": (ReadCompliance, ("group_by", *WHOM)),
    "/reports/overdue": (ReadOverdue, WHOM),
    "/reports/expiring": (ReadExpiring, ("within_days", *WHOM)),
    "/reports/forecast": (ReadForecast, ("weeks", *WHOM)),
    "/reports/transcript/{user_id}": (ReadTranscript, ("as_of", "known_at", "format")),
    "/reports/changes": (ReadChanges, ("known_from", "known_to", "as_of", "requirement_id", "format")),
}

ROUTES = [
    query_route("/reports/participation", ReadParticipation, tag=TAG),
    *(
        query_route(
            path,
            message,
            tag=TAG,
            words={name: WORDS[name] for name in names},
            examples={name: EXAMPLES[name] for name in names if name in EXAMPLES},
            cost=1,
        )
        for path, (message, names) in FIELDS.items()
    ),
]
