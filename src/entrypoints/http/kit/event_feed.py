"""The feed of events over HTTP: pages, answers that wait for a first event, and streams of server-sent events."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Self
from uuid import UUID

from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send

from adapters.encoding import to_json
from application.delivery.feed.queries import EventPage, ReadEvents
from application.delivery.feed.tail import FeedTail
from application.kernel.bus import Bus
from application.kernel.units import StoreUnavailable
from domain.delivery.feed import FeedCursor
from domain.kernel.errors import DomainError, InvalidValue
from entrypoints.http.kit.actors import Authenticate
from entrypoints.http.kit.bodies import Parameters, pairs_of
from entrypoints.http.kit.browser_pages import accept_of
from entrypoints.http.kit.deadlines import prolong
from entrypoints.http.kit.endpoints import chosen, handler_of
from entrypoints.http.kit.observe import STOPPING
from entrypoints.http.kit.problems import Problem, fault, invalid
from entrypoints.http.kit.replies import RawHeaders, Reply, disconnected, json_answer
from entrypoints.http.kit.requests import HttpRequest, header
from entrypoints.http.kit.routing import Route

log = logging.getLogger("unified_dental.feed")

STREAM = "text/event-stream"
HEARTBEAT = 15.0
"""Seconds of silence after which a stream sends a comment, so that proxies keep the connection."""
LONGEST_STREAM = 600.0
"""Seconds after which a stream ends. The client then connects again, and its rights are checked again."""
RECONNECT = 2_000
"""Milliseconds that a client waits before it connects again."""
PAUSE = 1.0
"""Seconds until a stream tries again when the database does not answer."""
_HEAD: RawHeaders = (
    (b"content-type", b"text/event-stream"),
    (b"x-accel-buffering", b"no"),  # nginx would wait for a full buffer
    (b"connection", b"close"),
)

Read = Callable[[str], Awaitable[EventPage]]


def readers_full() -> Problem:
    """Too many consumers wait for events in this process."""
    return Problem(
        503,
        "too-many-event-readers",
        "Too many consumers wait for events",
        "Try again in a moment, or read without `wait`.",
        headers=(("retry-after", "5"),),
    )


def own_readers_full() -> Problem:
    """The caller has too many requests that wait for events."""
    return Problem(
        429,
        "too-many-own-event-readers",
        "Too many of your requests wait for events",
        "Close a stream, or let one consumer read for the others.",
        headers=(("retry-after", "5"),),
    )


class Followers:
    """The consumers of this process that wait for events: at most so many in all, and for one caller."""

    def __init__(
        self,
        tail: FeedTail,
        most: int = 100,
        most_per_caller: int = 5,
        *,
        heartbeat: float = HEARTBEAT,
        longest: float = LONGEST_STREAM,
        pause: float = PAUSE,
    ) -> None:
        self.tail = tail
        self.heartbeat = heartbeat
        self.longest = longest
        self.pause = pause
        self._most = most
        self._most_per_caller = most_per_caller
        self._present: Counter[UUID | None] = Counter()

    @contextmanager
    def joined(self, caller: UUID | None) -> Iterator[None]:
        """Be one of them. Raises Problem if there are too many."""
        if self._present[caller] >= self._most_per_caller:
            raise own_readers_full()
        if self._present.total() >= self._most:
            raise readers_full()
        self._present[caller] += 1
        try:
            yield
        finally:
            self._present[caller] -= 1
            if not self._present[caller]:
                del self._present[caller]


def feed_handler(
    route: Route, bus: Bus, authenticate: Authenticate, followers: Followers, request_timeout: float
) -> HTTPRouteHandler:
    """Answers a page, waits for one if asked to, or streams if the client accepts that.

    An answer waits so long at most that the request's time limit leaves time for reading.
    """
    parameters = Parameters(route.message, route.without(route.query_fields), cursor=False)
    longest = max(request_timeout / 2, request_timeout - 5)

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        fields, _ = parameters.read(pairs_of(request.scope["query_string"]))
        query = ReadEvents(**chosen(fields))

        async def read(after: str) -> EventPage:
            return await bus.ask(replace(query, after=after), actor)

        if accepts_stream(accept_of(request.scope["headers"])):
            first = await bus.ask(_resumed(query, request), actor)
            return EventStream(first, query.limit, read, followers, actor.id, route.standing_headers)
        page = await bus.ask(query, actor)
        if query.wait and not page.items:
            with followers.joined(actor.id):
                async with Ending(request.scope, request.receive) as ending:
                    page = await _some(page, read, followers.tail, ending, min(query.wait, longest))
        return Reply(json_answer(200, page), route.standing_headers)

    return handler_of(route, endpoint)


def accepts_stream(accept: str) -> bool:
    """Whether the client names the media type of streams; no wildcard asks for one."""
    return any(each.partition(";")[0].strip().lower() == STREAM for each in accept.split(","))


def _resumed(query: ReadEvents, request: HttpRequest) -> ReadEvents:
    """The query after the last event that the client has seen, if it says so. Raises Problem."""
    last = header(request, b"last-event-id")
    if not last:
        return query
    try:
        return replace(query, after=FeedCursor.of(last).text)
    except InvalidValue as error:
        raise invalid([fault("header", ["last-event-id"], str(error))]) from None


async def _some(page: EventPage, read: Read, tail: FeedTail, ending: Ending, seconds: float) -> EventPage:
    """The first page with events, or after so many seconds the last one without."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not page.items and await ending.before(_beyond(tail, page), until - loop.time()):
        page = await read(page.next_cursor)
    return page


def _beyond(tail: FeedTail, page: EventPage) -> asyncio.Future[None]:
    return tail.beyond(FeedCursor.of(page.next_cursor).place)


class Ending:
    """That the client is gone, or that the server stops."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        stopping = scope["state"].get(STOPPING)
        self._ends = [asyncio.ensure_future(disconnected(receive))]
        if isinstance(stopping, asyncio.Event):
            self._ends.append(asyncio.ensure_future(_happened(stopping)))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._ends:
            each.cancel()

    @property
    def is_here(self) -> bool:
        return any(each.done() for each in self._ends)

    async def before(self, awaited: asyncio.Future[None], seconds: float) -> bool:
        """Whether this is done within so many seconds, and before the end. It is not awaited any longer."""
        try:
            await asyncio.wait({awaited, *self._ends}, timeout=max(0, seconds), return_when=asyncio.FIRST_COMPLETED)
            return awaited.done() and not self.is_here
        finally:
            awaited.cancel()


async def _happened(event: asyncio.Event) -> None:
    await event.wait()


class EventStream(Reply):
    """Sends events as they happen (server-sent events, HTML Living Standard, section 9.2).

    A stream holds no connection to the database while there is nothing to send. A client that does not read is cut off
    by the server (`ANSWER_TIMEOUT`): nothing more is read for it before it has taken what was sent.
    """

    __slots__ = ("_caller", "_first", "_followers", "_limit", "_read")

    def __init__(
        self,
        first: EventPage,
        limit: int,
        read: Read,
        followers: Followers,
        caller: UUID | None,
        standing: RawHeaders,
    ) -> None:
        """`first` is sent at once; pages of `limit` events follow."""
        self._first = first
        self._limit = limit
        self._read = read
        self._followers = followers
        self._caller = caller
        self._headers = [*standing, *_HEAD]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._followers.joined(self._caller):
            prolong(scope, 2 * self._followers.longest)
            await send({"type": "http.response.start", "status": 200, "headers": self._headers})
            if scope.get("method") != "HEAD":
                async with Ending(scope, receive) as ending:
                    async for chunk in self._chunks(ending):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _chunks(self, ending: Ending) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._followers.longest
        page = self._first
        yield b"retry: %d\n\n%b" % (RECONNECT, _lines(page))
        while not ending.is_here and loop.time() < until:
            is_last = len(page.items) < self._limit
            if is_last and not await ending.before(_beyond(self._followers.tail, page), self._followers.heartbeat):
                if not ending.is_here:
                    yield b": nothing new\n\n"
                continue
            try:
                page = await self._read(page.next_cursor)
            except StoreUnavailable as error:
                log.warning("a stream of events waits for the database: %s", error)
                await ending.before(loop.create_future(), self._followers.pause)
            except DomainError as error:
                # The client connects again, and gets the problem.
                log.warning("a stream of events ends: %s", error)
                return
            else:
                yield _lines(page)


def _lines(page: EventPage) -> bytes:
    """The events, each with its cursor as its id, and then the cursor of the page, which is sent without an event."""
    events = [b"id: %b\ndata: %b\n\n" % (each.cursor.encode(), to_json(each)) for each in page.items]
    return b"".join([*events, b"id: %b\n\n" % page.next_cursor.encode()])
