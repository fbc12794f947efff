"""Problem documents (RFC 9457): every exception becomes one here."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from litestar.exceptions import HTTPException

from application.kernel.units import Answer, SchemaBehind, StoreUnavailable, StoreWithoutRights, TooManyAnswers
from application.people.sign_ins.identity import KeysUnavailable, NotAuthenticated
from domain.evidence.sessions import SessionIncomplete
from domain.kernel.errors import Conflict, DomainError, Forbidden, Gone, InvalidValue, NotFound, StaleVersion
from domain.learning.completion import Blocked, UnmetRule
from domain.people.roster import RosterRejected

log = logging.getLogger("unified_dental.errors")

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 1_000
"""The most errors in one document; a roster may have hundreds of thousands."""

Place = Literal["body", "query", "header", "path"]
Headers = tuple[tuple[str, str], ...]


class Problem(Exception):
    """A failure as the client sees it."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[dict[str, Any]] = (),
        blocked_by: Sequence[UnmetRule] = (),
        headers: Headers = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.blocked_by = blocked_by
        self.headers = headers

    def answer(self, request_id: str) -> Answer:
        """The problem document of this request."""
        document: dict[str, Any] = {
            "type": f"urn:unified-dental:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            document["errors"] = self.errors[:MAX_ERRORS]
        if self.blocked_by:
            document["blocked_by"] = self.blocked_by
        headers = (("content-type", MEDIA_TYPE), *self.headers)
        return Answer(self.status, headers, msgspec.json.encode(document))


def fault(place: Place, path: Iterable[str | int], message: str) -> dict[str, str]:
    """What is wrong with one value, named by a JSON pointer (RFC 6901)."""
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return {"in": place, "pointer": pointer, "message": message}


def invalid(faults: Sequence[dict[str, Any]]) -> Problem:
    """The input breaks rules."""
    return Problem(422, InvalidValue.slug, InvalidValue.title, "See `errors` for what to correct.", errors=faults)


def malformed(detail: str) -> Problem:
    """The body cannot be parsed."""
    return Problem(400, "malformed-json", "The body is not valid JSON", detail)


def unsupported_media_type(expected: str) -> Problem:
    return Problem(
        415, "unsupported-media-type", "Unsupported media type", f"Send the body with Content-Type: {expected}."
    )


def bad_request() -> Problem:
    return Problem(400, *_HTTP[400])


def too_large() -> Problem:
    return Problem(413, *_HTTP[413])


def precondition_required() -> Problem:
    return Problem(
        428,
        "precondition-required",
        "If-Match is required",
        "Read the resource, then send the ETag that came with it in an If-Match header.",
    )


def client_gone() -> Problem:
    """The client has disconnected; only the log shows this."""
    return Problem(400, "incomplete-body", "The body did not arrive", "The connection closed before the body ended.")


_STATUS: dict[type[DomainError], int] = {
    NotAuthenticated: 401,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Forbidden: 403,
    StaleVersion: 412,
    TooManyAnswers: 429,
}

_HTTP: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "Bad request", "The request cannot be understood."),
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "This address does not allow the method; see the Allow header."),
    413: ("body-too-large", "The body is too large", "The body is larger than this operation accepts."),
}


def status_of(kind: type[DomainError]) -> int:
    """The status that an expected failure of this kind is answered with."""
    return next((status for base, status in _STATUS.items() if issubclass(kind, base)), 422)


def problem_of(error: Exception, place: Place = "body") -> Problem:
    """The problem of the exception. `place` is where values of a domain error were read from."""
    match error:
        case Problem():
            return error
        case InvalidValue():
            return invalid([fault(place, error.field, str(error))])
        case RosterRejected():
            return Problem(
                422, error.slug, error.title, str(error), errors=[_line(p) for p in error.problems[:MAX_ERRORS]]
            )
        case SessionIncomplete():
            faults = [fault(place, path, "is missing") for path in error.missing]
            return Problem(422, error.slug, error.title, str(error), errors=faults)
        case Blocked():
            return Problem(409, error.slug, error.title, str(error), blocked_by=error.blocks)
        case TooManyAnswers():
            return Problem(
                status_of(type(error)), error.slug, error.title, str(error), headers=(("retry-after", "3600"),)
            )
        case DomainError():
            status = status_of(type(error))
            headers: Headers = (("www-authenticate", "Bearer"),) if status == 401 else ()
            return Problem(status, error.slug, error.title, str(error), headers=headers)
        case KeysUnavailable():
            return Problem(
                503,
                "keys-unavailable",
                "The sign-in service does not answer",
                "Its keys have not been fetched yet, so no token can be verified. Try again in a moment.",
                headers=(("retry-after", "1"),),
            )
        case SchemaBehind():
            return Problem(
                503,
                "schema-behind",
                "The database has not been migrated yet",
                "It lacks a table or a column that this version needs. An operator must run `unified-dental migrate`.",
                headers=(("retry-after", "10"),),
            )
        case StoreWithoutRights():
            return Problem(
                503,
                "database-rights-missing",
                "The database refuses the service a right that it needs",
                "An operator must grant the right to the role of DATABASE_URL; the log names it under the request id.",
                headers=(("retry-after", "10"),),
            )
        case StoreUnavailable():
            return Problem(
                503,
                "store-unavailable",
                "The database does not answer",
                "Try again in a moment; only an Idempotency-Key makes repeating a write safe.",
                headers=(("retry-after", "1"),),
            )
        case HTTPException() if error.status_code in _HTTP:
            headers = tuple((name.lower(), _in_order(value)) for name, value in (error.headers or {}).items())
            return Problem(error.status_code, *_HTTP[error.status_code], headers=headers)
    return Problem(
        500,
        "internal-error",
        "Internal error",
        "This is an error of the service. Its log has the details under the request id.",
    )


def report(error: Exception, problem: Problem, request_id: str) -> None:
    """Log what only operators can resolve."""
    if problem.status == 500:
        log.error("request %s failed", request_id, exc_info=error)
    elif problem.status == 503:
        log.warning("request %s: %s: %s", request_id, problem.code, error)


def _in_order(methods: str) -> str:
    """The methods of an Allow header, in the order that OPTIONS names them in."""
    return ", ".join(sorted(methods.split(", ")))


def _line(problem: Any) -> dict[str, Any]:
    return {"line": problem.line, "column": problem.column, "message": problem.message}
