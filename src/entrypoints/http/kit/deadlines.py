"""The time limit of a request, from its last byte to the last byte of its answer.

While the body arrives, the server limits the time of the client (`BODY_TIMEOUT`).
"""

from __future__ import annotations

import asyncio
from typing import cast

from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

from entrypoints.http.kit.problems import Problem

REQUEST_TIMEOUT = 30.0
BODY_TIMEOUT = 30.0
LONG_TIMEOUT = 600.0
"""Seconds, where the settings say nothing."""


class Deadline:
    """The deadline of one request, not counting the arrival of its body."""

    __slots__ = ("_cancelled_before", "_task", "_watch", "at", "is_over", "seconds")

    def __init__(self, watch: _Watch, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._watch = watch
        self._task = cast("asyncio.Task[None]", asyncio.current_task())  # a running coroutine is in a task
        self._cancelled_before = self._task.cancelling()
        self.restart()

    def restart(self, seconds: float | None = None) -> None:
        """Start the time again from now."""
        self.at = self._watch.loop.time() + (self.seconds if seconds is None else seconds)
        self._watch.mind(self.at)

    def end(self) -> None:
        """Stop the request."""
        self.is_over = True
        self._task.cancel()

    def has_stopped_it(self) -> bool:
        """Whether the request was stopped because of this and nothing else; the task goes on, as after `timeout`."""
        if not self.is_over:
            return False
        self.is_over = False
        return self._task.uncancel() <= self._cancelled_before


class _Watch:
    """One timer for all requests of an event loop: at the first of the deadlines known when it was set.

    A timer for each request, which is nearly always cancelled, costs a quarter of all that surrounds a read.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.running: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def mind(self, at: float) -> None:
        """Look no later than then."""
        if self._timer is None or at < self._timer.when():
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self.loop.time()
        for deadline in self.running:
            if deadline.at <= now and not deadline.is_over:
                deadline.end()
        waiting = [deadline.at for deadline in self.running if not deadline.is_over]
        if waiting:
            self.mind(min(waiting))


class Bounded:
    """The application with a time limit for each request, which is then cancelled and answered with 503."""

    def __init__(self, app: ASGIApp, seconds: float, body: float = BODY_TIMEOUT) -> None:
        """`body` is what the server allows for each part of a body; one that knows no limit is waited for longer."""
        self._app = app
        self._seconds = seconds
        self._patience = 3 * body
        self._watch: _Watch | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        arriving = True

        async def receive_body() -> HTTPReceiveMessage | WebSocketReceiveMessage:
            nonlocal arriving
            if not arriving:
                return await receive()
            deadline.restart(max(self._patience, deadline.seconds))
            event = await receive()
            arriving = bool(event.get("more_body"))
            deadline.restart()
            return event

        loop = asyncio.get_running_loop()
        watch = self._watch
        if watch is None or watch.loop is not loop:
            watch = self._watch = _Watch(loop)
        deadline = scope["state"]["deadline"] = Deadline(watch, self._seconds)
        watch.running.add(deadline)
        try:
            await self._app(scope, receive_body, send)
        except (asyncio.CancelledError, TimeoutError) as error:
            if deadline.has_stopped_it():
                raise took_too_long() from error
            raise
        finally:
            deadline.has_stopped_it()
            watch.running.discard(deadline)


def prolong(scope: Scope, seconds: float) -> None:
    """Give this request so many seconds from now, and once its body is there."""
    deadline: Deadline | None = scope["state"].get("deadline")
    if deadline is not None:
        deadline.seconds = seconds
        deadline.restart()


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
