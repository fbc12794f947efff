"""The time limit of a request, from its last byte to the last byte of its answer.

While the body arrives the client takes its time, which the server limits (`BODY_TIMEOUT`).
"""

from __future__ import annotations

import asyncio

from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

from entrypoints.http.kit.problems import Problem

REQUEST_TIMEOUT = 30.0
BODY_TIMEOUT = 30.0
LONG_TIMEOUT = 600.0
"""Seconds, where the settings say nothing."""


class Deadline:
    """The end of one request, which has so many seconds for everything but the arrival of its body."""

    def __init__(self, timeout: asyncio.Timeout, seconds: float) -> None:
        self._timeout = timeout
        self.seconds = seconds

    def begin_anew(self, seconds: float | None = None) -> None:
        """From now on."""
        allowed = self.seconds if seconds is None else seconds
        self._timeout.reschedule(asyncio.get_running_loop().time() + allowed)


class Bounded:
    """The application with a time limit for each request, which is then cancelled and answered with 503."""

    def __init__(self, app: ASGIApp, seconds: float, body: float = BODY_TIMEOUT) -> None:
        """`body` is what the server allows for each part of a body; one that knows no limit is waited for longer."""
        self._app = app
        self._seconds = seconds
        self._patience = 3 * body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arriving = True

        async def receive_body() -> HTTPReceiveMessage | WebSocketReceiveMessage:
            nonlocal arriving
            if not arriving:
                return await receive()
            deadline.begin_anew(max(self._patience, deadline.seconds))
            event = await receive()
            arriving = bool(event.get("more_body"))
            deadline.begin_anew()
            return event

        try:
            async with asyncio.timeout(self._seconds) as timeout:
                deadline = scope["state"]["deadline"] = Deadline(timeout, self._seconds)
                await self._app(scope, receive_body, send)
        except TimeoutError as error:
            if timeout.expired():
                raise took_too_long() from error
            raise


def prolong(scope: Scope, seconds: float) -> None:
    """Give this request so many seconds from now, and once its body is there."""
    deadline: Deadline | None = scope["state"].get("deadline")
    if deadline is not None:
        deadline.seconds = seconds
        deadline.begin_anew()


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
