"""Routes of learning: from the start of a module to its completion."""

from __future__ import annotations

from application.learning.progress.commands import CompleteSection, RenewEnrollment, StartModule
from application.learning.progress.queries import ReadProgress
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("learning", "From the start of a module to its completion. Nobody can learn for somebody else.")
ONE = "/modules/{module_id}/enrollments/{user_id}"

ATTESTED = {"attestation": "I have read the exposure control plan and know where it is kept."}
GRANT = {"reason": "Due for the annual refresher."}

ROUTES = [
    query_route(f"{ONE}/progress", ReadProgress, tag=TAG),
    command_route("POST", f"{ONE}/start", StartModule, tag=TAG),
    command_route("POST", f"{ONE}/sections/{{section_id}}/complete", CompleteSection, tag=TAG, example=ATTESTED),
    command_route("POST", f"{ONE}/renew", RenewEnrollment, tag=TAG, example=GRANT),
]
