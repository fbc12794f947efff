"""The fixed parts of the OpenAPI document: words for headers, problems and the parameters of every list."""

from __future__ import annotations

from typing import Any

from entrypoints.http.kit.routing import Tag

SERVICE = Tag("service", "For operators of the service.")

WORDS = {
    "q": "Only items that contain all these words, in any order; case and accents do not matter.",
    "sort": "The order of the list; a hyphen in front means descending. Text is sorted without case and accents.",
    "include_total": "Whether to add `total`, the number of items in all pages.",
    "limit": "The maximum number of items in a page.",
    "cursor": "The `next_cursor` of the previous page, unchanged.",
    "If-Match": "The ETag of the version that the change is based on; if it is no longer current, the answer is 412. "
    "`*` means any version.",
    "Last-Event-ID": "Of a stream: the id of the last event that was received, which replaces `after`.",
    "If-None-Match": "ETags of the versions that you have; if one is current, the answer is 304.",
    "Idempotency-Key": "A key of your choice. If the request is sent again with the same key within 24 hours, it gets "
    "the first answer again and is not executed again. Of an answer larger than 64 KiB only the address of the result "
    "is stored.",
}

EXAMPLES: dict[str, Any] = {"limit": 50, "include_total": True}
"""Of parameters of every list."""

HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "The id of the request in our logs: the one that you sent, if it was valid.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    },
    "ETag": {
        "description": "The version, with a suffix if different people get different answers. Send it unchanged: "
        "If-None-Match compares all of it, If-Match only the version.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[1-9][0-9]*(-[0-9a-z]+)?"$'},
    },
    "Cache-Control": {
        "description": "Who may store the answer: with `no-store` nobody; with `private, no-cache` a browser, which "
        "must check each time with If-None-Match whether it is current.",
        "required": True,
        "schema": {"enum": ["no-store", "private, no-cache"]},
    },
    "Vary": {
        "description": "The request headers that the answer depends on; there may be another `Vary` header.",
        "required": True,
        "schema": {"type": "string", "pattern": "Authorization"},
    },
    "Location": {
        "description": "The address of the new object.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {
        "description": 'The address of the next page, as `rel="next"`, when there is one.',
        "schema": {"type": "string"},
    },
    "Idempotency-Replayed": {
        "description": "`true` if this is the stored first answer.",
        "schema": {"type": "string", "const": "true"},
    },
    "RateLimit-Policy": {
        "description": "The limits that the request counts for: each by its name with its quota `q` in `w` seconds "
        "(draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "Of each of these limits what is left (`r`), and the seconds until all of it is there (`t`).",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to sign in.", "required": True, "schema": {"const": "Bearer"}},
}

EVERYWHERE = ("X-Request-Id", "Cache-Control", "Vary")
"""The headers that every answer has."""

PROBLEM_CODES = "/schema/problems"
"""The address of the page of all problem codes."""

PROBLEMS = {
    400: ("BadRequest", "The body cannot be read: it is not valid JSON."),
    401: ("Unauthorized", "There is no access token, or it is not accepted; `code` says why."),
    403: ("Forbidden", "The caller may not do this, or is deactivated (`user-deactivated`)."),
    404: ("NotFound", "It does not exist, or the caller may not see it."),
    409: (
        "Conflict",
        "The current state does not allow it, or the first request with this Idempotency-Key is still running.",
    ),
    410: ("Gone", "It is no longer kept; `detail` says how to go on."),
    412: ("PreconditionFailed", "It has changed since the version that If-Match names, or during the request."),
    413: ("ContentTooLarge", "The body is too large."),
    415: ("UnsupportedMediaType", "The operation does not accept this Content-Type."),
    422: (
        "Invalid",
        "The input is invalid: `errors` names each field and rule. Or the Idempotency-Key was used before.",
    ),
    428: ("PreconditionRequired", "If-Match is missing."),
    429: ("TooManyRequests", "Too many requests of this kind, or refused tokens; wait as long as Retry-After says."),
    431: ("HeadTooLarge", "Address and headers of the request take more than 64 KiB, or there are too many headers."),
    500: ("InternalError", "An error of the service. Its log has the details under the request id."),
    503: ("Unavailable", "The service is temporarily unavailable. Try again in a moment."),
}

SECURITY = {
    "access_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of Supabase Auth, or the key of a service account (`udt_live_...`).",
    }
}

PROBLEM: dict[str, Any] = {
    "description": "What went wrong (RFC 9457). `code` is stable, for programs to branch on: "
    f"[all codes]({PROBLEM_CODES}).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri", "pattern": "^urn:unified-dental:problem:"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "oneOf": [
                    {
                        "title": "FieldProblem",
                        "type": "object",
                        "properties": {
                            "in": {"enum": ["body", "query", "header", "path"]},
                            "pointer": {"type": "string", "format": "json-pointer"},
                            "message": {"type": "string"},
                        },
                        "required": ["in", "pointer", "message"],
                    },
                    {"$ref": "#/components/schemas/LineProblem"},
                ]
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}
PROBLEM["properties"]["blocked_by"] = {
    "description": "For the code `blocked`: each rule of the module that is not met.",
    "type": "array",
    "items": {"$ref": "#/components/schemas/UnmetRule"},
}
