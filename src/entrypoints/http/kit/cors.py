"""Cross-origin requests, by the Fetch standard (https://fetch.spec.whatwg.org).

Credentials are never allowed: people are known by their Authorization header, which no browser adds by itself.
Litestar's own CORS does too little: it takes any OPTIONS with an Origin for a preflight, replaces `Vary`, and omits
`Vary: Origin` where a request has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from litestar.types import HTTPScope

from application.kernel.units import Answer
from entrypoints.http.kit.replies import RawHeaders
from entrypoints.origins import ANY_ORIGIN

EXPOSED = (
    "Allow, ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, "
    "X-Request-Id"
)
"""The headers of an answer that a page may read beside those that each page may."""
METHODS = "DELETE, GET, HEAD, PATCH, POST, PUT"
SENT = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
"""The headers that a page may send beside those that each page may."""
MAX_AGE = 7_200
"""Seconds for which a browser may remember a preflight; Chromium remembers none for longer."""

_METHOD = b"access-control-request-method"


class CrossOrigin:
    """The CORS headers for pages of these origins; `*` alone stands for every origin."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = ANY_ORIGIN in origins
        # The answer depends on the origin, so caches must distinguish origins.
        self._unknown: RawHeaders = () if self._any else ((b"vary", b"Origin"),)
        self._known = {origin.encode(): self._allowing(origin) for origin in origins}
        self.unasked = next(iter(self._known.values())) if len(self._known) == 1 else self._unknown
        """For an answer to a request of which nothing has been read: a browser hands it to no other origin."""

    def _allowing(self, origin: str) -> RawHeaders:
        return (
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-expose-headers", EXPOSED.encode()),
            *self._unknown,
        )

    def headers(self, request: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        """The headers to add to the answer of a request with these headers, their names in lower case."""
        if self._any:
            return self._known[b"*"]
        return self._known.get(_only(request, b"origin") or b"", self._unknown)

    def preflight(self, scope: HTTPScope) -> Answer | None:
        """The answer to a preflight request; None for any other request."""
        if scope["method"] != "OPTIONS":
            return None
        request = scope["headers"]
        if _only(request, b"origin") is None or _only(request, _METHOD) is None:
            return None
        asked = ("vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        if self.headers(request) is self._unknown:
            return Answer(204, (asked,), b"")
        told = (
            ("access-control-allow-methods", METHODS),
            ("access-control-allow-headers", SENT),
            ("access-control-max-age", str(MAX_AGE)),
        )
        return Answer(204, (*told, asked), b"")


def _only(request: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The header, None when it is missing or there are several, as no browser sends them."""
    values = [value for key, value in request if key == name]
    return values[0] if len(values) == 1 else None
