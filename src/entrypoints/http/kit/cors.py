"""Cross-origin requests, by the Fetch standard (https://fetch.spec.whatwg.org).

Credentials are never allowed: people are known by their Authorization header, which no browser adds by itself.
Litestar's own CORS does too little: it takes any OPTIONS with an Origin for a preflight, replaces `Vary`, and omits
`Vary: Origin` where a request has none.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import HTTPScope

from application.kernel.units import Answer
from entrypoints.http.kit.replies import RawHeaders
from entrypoints.origins import ANY_ORIGIN

EXPOSED = "ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-Id"
"""The headers of an answer that a page may read beside those that each page may."""
METHODS = "DELETE, GET, PATCH, POST, PUT"
SENT = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
"""The headers that a page may send beside those that each page may."""
MAX_AGE = 7_200
"""Seconds for which a browser may remember a preflight; Chromium remembers none for longer."""

_ASKED = (b"access-control-request-method", b"access-control-request-headers")


class CrossOrigin:
    """The CORS headers for pages of these origins; `*` alone stands for every origin."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._any = ANY_ORIGIN in origins
        # The answer depends on the origin, so caches must distinguish origins.
        self._unknown: RawHeaders = () if self._any else ((b"vary", b"Origin"),)
        self._known = {origin.encode(): self._allowing(origin) for origin in origins}

    def _allowing(self, origin: str) -> RawHeaders:
        return (
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-expose-headers", EXPOSED.encode()),
            *self._unknown,
        )

    def headers(self, scope: HTTPScope) -> RawHeaders:
        """The headers to add to the answer of this request."""
        if self._any:
            return self._known[b"*"]
        return self._known.get(_only(scope, b"origin") or b"", self._unknown)

    def preflight(self, scope: HTTPScope) -> Answer | None:
        """The answer to a preflight request; None for any other request."""
        if scope["method"] != "OPTIONS" or _only(scope, b"origin") is None or _only(scope, _ASKED[0]) is None:
            return None
        asked = ("vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        if self.headers(scope) is self._unknown:
            return Answer(204, (asked,), b"")
        told = (
            ("access-control-allow-methods", METHODS),
            ("access-control-allow-headers", SENT),
            ("access-control-max-age", str(MAX_AGE)),
        )
        return Answer(204, (*told, asked), b"")


def _only(scope: HTTPScope, name: bytes) -> bytes | None:
    """The header, None when it is missing or there are several, as no browser sends them."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0] if len(values) == 1 else None
