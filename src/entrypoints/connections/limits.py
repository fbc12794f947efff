"""Limits of one connection, and the number of connections."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from entrypoints.http.kit.problems import Problem
from entrypoints.settings import Settings

MOST_HEAD_BYTES = 64 * 1024
"""Bytes of a request's target and headers together, and of everything else around a body."""
MOST_HEADERS = 100
MOST_WAITING = 16
"""Requests that one connection may have sent before the first of them is answered."""
LEAST_PROGRESS = 64 * 1024
"""Bytes that must be transferred within the time for a body or an answer, unless fewer are left."""
MOST_UNREAD = 64 * 2**20
"""Bytes of a body that are received after its answer, so that the client can finish sending and read the answer."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Connections, and seconds: for a head, for a body to make progress, and for an answer to be taken."""

    connections: int
    per_address: int
    head: float
    body: float
    answer: float

    @classmethod
    def of(cls, settings: Settings) -> ConnectionLimits:
        """From the settings, with at most as many connections as the process may have open files."""
        others = 64 + 2 * (settings.database_pool_size + settings.database_max_overflow)
        return cls(
            max(1, min(settings.max_connections, open_files(settings.max_connections + others) - others)),
            settings.max_connections_per_address,
            settings.head_timeout,
            settings.body_timeout,
            settings.answer_timeout,
        )


HEAD_TOO_LARGE = Problem(
    431,
    "head-too-large",
    "The head of the request is too large",
    f"Target and headers take at most {MOST_HEAD_BYTES} bytes together, and there may be {MOST_HEADERS} headers.",
)
TOO_SLOW = Problem(408, "request-timeout", "The request did not arrive in time", "Send the request again, faster.")
TOO_MANY = Problem(
    503,
    "too-many-connections",
    "Too many connections",
    "Close some connections, or try again in a moment.",
    headers=(("retry-after", "1"),),
)
TOO_MANY_WAITING = Problem(
    503, "too-many-waiting", "Too many requests wait", "Read the answers before you send more requests."
)
NOT_HTTP = Problem(400, "malformed-request", "The request is not valid HTTP", "Send an HTTP/1.1 request (RFC 9112).")


def open_files(wanted: int) -> int:
    """Raise the process's limit to as many as are wanted, if that is allowed; how many it may have then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft
