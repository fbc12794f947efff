"""The time limit of a request, from its first header to the last byte of its answer."""

from __future__ import annotations

import asyncio

from litestar.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.problems import Problem

REQUEST_TIMEOUT = 30.0
LONG_TIMEOUT = 600.0
"""Seconds, where the settings say nothing."""


class Bounded:
    """The application with a time limit for each request, which is then cancelled and answered with 503."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds) as deadline:
                scope["state"]["deadline"] = deadline
                await self._app(scope, receive, send)
        except TimeoutError as error:
            if deadline.expired():
                raise took_too_long() from error
            raise


def prolong(scope: Scope, seconds: float) -> None:
    """Give this request so many seconds from now."""
    deadline: asyncio.Timeout | None = scope["state"].get("deadline")
    if deadline is not None:
        deadline.reschedule(asyncio.get_running_loop().time() + seconds)


def took_too_long() -> Problem:
    """The request was stopped."""
    return Problem(
        503,
        "took-too-long",
        "The request took too long",
        "The request was stopped. Try again in a moment; only an Idempotency-Key makes repeating a write safe.",
        headers=(("retry-after", "1"),),
    )


def stopping() -> Problem:
    """The service stops before this request could be answered."""
    return Problem(
        503,
        "stopping",
        "The service is stopping",
        "The request was stopped. Try again in a moment; only an Idempotency-Key makes repeating a write safe.",
        headers=(("retry-after", "1"), ("connection", "close")),
    )
