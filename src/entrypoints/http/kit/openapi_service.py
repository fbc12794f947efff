"""What the OpenAPI document says of the addresses for those who run the service."""

from __future__ import annotations

from collections.abc import Mapping

from entrypoints.http.kit.documented_problems import UNANSWERED
from entrypoints.http.kit.openapi_parts import EVERYWHERE, SERVICE
from entrypoints.http.kit.openapi_problems import Codes, JsonObject, headers_of, response


def _service(
    operation_id: str, summary: str, media_type: str, schema: JsonObject, failures: Mapping[int, Codes] | None = None
) -> JsonObject:
    responses: JsonObject = {
        "200": {
            "description": "Found.",
            "headers": headers_of(*EVERYWHERE),
            "content": {media_type: {"schema": schema}},
        }
    }
    for status, codes in (failures or {}).items():
        responses[str(status)] = response(status, codes)
    operation = {"operationId": operation_id, "tags": [SERVICE.name], "summary": summary, "responses": responses}
    # These need no sign-in.
    return {"get": {**operation, "security": []}}


def _status(word: str) -> JsonObject:
    return {"type": "object", "properties": {"status": {"const": word}}, "required": ["status"]}


SERVICE_PATHS = {
    "/health/live": _service(
        "health_live", "Whether the process runs. Nothing else is checked.", "application/json", _status("live")
    ),
    "/health/ready": _service(
        "health_ready",
        "Whether the service is ready: the database answers, is at the right migration, and accepts writes.",
        "application/json",
        _status("ready"),
        {503: ["not-ready", *sorted(problem.code for problem in UNANSWERED)]},
    ),
    "/metrics": _service("metrics", "Figures for Prometheus.", "text/plain", {"type": "string"}),
}
