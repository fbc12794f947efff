"""What the OpenAPI document says of the addresses for those who run the service."""

from __future__ import annotations

from entrypoints.connections.limits import HEAD_TOO_LARGE
from entrypoints.http.kit.documented_problems import UNANSWERED
from entrypoints.http.kit.openapi_parts import EVERYWHERE, SERVICE
from entrypoints.http.kit.openapi_problems import JsonObject, ProblemResponses, headers_of
from entrypoints.http.kit.problems import problem_of

FAILURES = {431: [HEAD_TOO_LARGE.code], 500: [problem_of(Exception()).code]}
BUSY = sorted(problem.code for problem in UNANSWERED)


def service_paths(problems: ProblemResponses) -> dict[str, JsonObject]:
    """The operations, by path."""

    def service(
        operation_id: str, summary: str, description: str, media_type: str, schema: JsonObject, *codes: str
    ) -> JsonObject:
        found = {
            "description": "Found.",
            "headers": headers_of(*EVERYWHERE),
            "content": {media_type: {"schema": schema}},
        }
        operation = {
            "operationId": operation_id,
            "tags": [SERVICE.name],
            "summary": summary,
            "description": description,
            "responses": {"200": found} | problems.only_of(operation_id, {**FAILURES, 503: [*codes, *BUSY]}),
        }
        # These need no sign-in.
        return {"get": {**operation, "security": []}}

    return {
        "/health/live": service(
            "health_live",
            "Whether the process runs.",
            "Nothing else is checked, so that a database that is down does not restart the process.",
            "application/json",
            _status("live"),
        ),
        "/health/ready": service(
            "health_ready",
            "Whether the service is ready for requests.",
            "The database answers, is at the right migration, and accepts writes; `detail` names what is wrong.",
            "application/json",
            _status("ready"),
            "not-ready",
        ),
        "/metrics": service(
            "metrics",
            "Figures for Prometheus.",
            "Requests, connections to the database, signing keys, the outbox and evidence, in the text format of "
            "Prometheus.",
            "text/plain",
            {"type": "string"},
        ),
    }


def _status(word: str) -> JsonObject:
    return {"type": "object", "properties": {"status": {"const": word}}, "required": ["status"]}
