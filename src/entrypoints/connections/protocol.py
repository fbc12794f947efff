"""uvicorn's HTTP connection with limits: bytes of a request's head, waiting requests, and time for each part.

uvicorn's parser has no limits of its own, and uvicorn no read timeout. Decision 24 gives the reasons and compares other
servers.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from random import getrandbits
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import httptools
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import _TrustedHosts
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from entrypoints.connections.gate import Gate
from entrypoints.connections.limits import (
    HEAD_TOO_LARGE,
    LEAST_PROGRESS,
    MOST_HEAD_BYTES,
    MOST_HEADERS,
    MOST_UNREAD,
    MOST_WAITING,
    NOT_HTTP,
    TOO_MANY,
    TOO_MANY_WAITING,
    TOO_SLOW,
    ConnectionLimits,
)
from entrypoints.connections.stopping import LastAnswers
from entrypoints.http.kit.cors import CrossOrigin
from entrypoints.http.kit.observe import STOPPING, TURNED_AWAY
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.replies import PERSONAL, RawHeaders, Reply
from entrypoints.settings import load


class _Part(Enum):
    """The part of a request that is being received. Empty lines may precede a head."""

    NOTHING = auto()
    LINES = auto()
    HEAD = auto()
    BODY = auto()


class _Refused(Exception):
    """Raised by the parser's callbacks to stop it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class LimitedHttp(LastAnswers):
    """A connection with limits; uvicorn takes it as a class (`http=`, `--http`)."""

    limits: ClassVar[ConnectionLimits | None] = None
    """None for those of this process's settings."""
    _gates: ClassVar[WeakKeyDictionary[ServerState, Gate]] = WeakKeyDictionary()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        gate = self._gates.get(server_state)
        if gate is None:
            proxies = _TrustedHosts((config.forwarded_allow_ips or []) if config.proxy_headers else [])
            limits, cross_origin = self.limits, None
            if limits is None:
                settings = load()
                limits = ConnectionLimits.of(settings)
                cross_origin = CrossOrigin(settings.cors_origins) if settings.cors_origins else None
            gate = Gate(limits, proxies.__contains__, cross_origin)
            self._gates[server_state] = gate
        self._gate = gate
        # The application reports it in its metrics.
        app_state[TURNED_AWAY] = gate.refusals
        app_state[STOPPING] = getattr(server_state, "stopping", None)
        self._refused = False
        self._arriving = _Part.LINES
        # When the current part began; its bytes outside of a body, and in one; the bytes of the chunk that is being
        # received, and of the chunk in which the head began.
        self._since: float | None = None
        self._overhead = self._received = self._piece = self._first_piece = 0
        self._unread = 0
        self._paused = False
        # The head of a request for another protocol, without that request (Upgrade).
        self._plain_head: bytes | None = None
        self._unsent: tuple[int, float] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn does so too
        super().connection_made(transport)
        if not self._gate.enter(self, self.client[0] if self.client else None):
            self._refuse(TOO_MANY)
        elif self.is_server_stopping:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gate.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        self._piece = len(data)
        self._overhead += self._piece
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.problem if isinstance(cause, _Refused) else NOT_HTTP)
        if self._overhead:
            if self._overhead > MOST_HEAD_BYTES:
                self._refuse(HEAD_TOO_LARGE)
            elif self._arriving is _Part.NOTHING:
                self._arriving = _Part.LINES

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # The upgrade is ignored (RFC 9110, 7.8). The parser would take the unread body for the next request, so
            # another parser reads the request again, without the upgrade.
            head, self._plain_head = self._plain_head or b"", None
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
            self._feed(head + data[upgrade.args[0] :])

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._arriving, self._since = _Part.HEAD, None
        self._overhead, self._first_piece = 0, self._piece

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise _Refused(NOT_HTTP)
            self._plain_head = self._without_upgrade()
            return
        # The total is rarely large enough that the head itself has to be measured.
        if self._first_piece + self._overhead > MOST_HEAD_BYTES and self._head_size() > MOST_HEAD_BYTES:
            raise _Refused(HEAD_TOO_LARGE)
        if len(self.headers) > MOST_HEADERS:
            raise _Refused(HEAD_TOO_LARGE)
        if len(self.pipeline) >= MOST_WAITING:
            raise _Refused(TOO_MANY_WAITING)
        if b"#" in self.url:
            # A target must not have a fragment (RFC 9112, 3.2). The parser would drop it, and so reach a path that a
            # proxy's path rules did not see.
            self.url = self.url.replace(b"#", b"%23")
        self._gate.work(self)
        super().on_headers_complete()
        # The request's headers are complete. Trailers are not added to them (RFC 9110, 6.5), since a proxy in
        # front has not checked them as headers.
        self.headers = []
        self._arriving, self._since = _Part.BODY, None
        self._overhead = self._received = self._unread = 0

    def _without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                wishes = (wish.strip() for wish in value.split(b","))
                value = b", ".join(wish for wish in wishes if wish.lower() != b"upgrade")
            if name != b"upgrade":
                lines.append(b"%b: %b" % (name, value))
        return b"\r\n".join([*lines, b"", b""])

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._overhead = 0
        self._received += len(body)
        self._paused = self._paused or self.flow.read_paused
        if self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > MOST_UNREAD:
                self.transport.abort()

    def on_message_complete(self) -> None:
        if self._plain_head is not None:
            return
        super().on_message_complete()
        self._arriving, self._since, self._overhead = _Part.NOTHING, None, 0

    def on_response_complete(self) -> None:
        last = not self.pipeline
        super().on_response_complete()
        if last:
            self._gate.wait(self)
            self._since = None

    def check(self, now: float) -> None:
        """Close the connection if it has taken too long."""
        limits, left = self._gate.limits, self.transport.get_write_buffer_size()
        if left:
            if self._unsent is None:
                self._unsent = left, now
            before, since = self._unsent
            if now - since >= limits.answer:
                if before - left < LEAST_PROGRESS:
                    self._gate.refusals["answer-not-taken"] += 1
                    self.transport.abort()
                self._unsent = left, now
            return
        self._unsent = None
        if self._arriving is _Part.NOTHING or self._refused:
            return
        if self._since is None or self.flow.read_paused:
            # While reading is paused, the delay is the application's.
            self._since = now
        elif self._arriving is _Part.BODY:
            if now - self._since >= limits.body:
                self._check_body(now)
        elif now - self._since >= limits.head:
            if self._arriving is _Part.HEAD:
                self._refuse(TOO_SLOW)
            elif self.cycle is None or self.cycle.response_complete:
                self.transport.close()

    def _check_body(self, now: float) -> None:
        if self.cycle.response_complete:
            self.transport.close()
        elif self._received < LEAST_PROGRESS and not self._paused:
            self._refuse(TOO_SLOW)
        self._since, self._received, self._paused = now, 0, False

    def _should_upgrade_to_ws(self) -> bool:
        return False

    def _refuse(self, problem: Problem) -> None:
        """Stop reading. Answer with the problem, after earlier requests, and close."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._gate.refusals[problem.code] += 1
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._tell(problem)
        elif not cycle.more_body:
            # A complete request is still unanswered; its answer announces the end of the connection.
            cycle.keep_alive = False
        elif self.pipeline:
            # The last of several pipelined requests is incomplete: this is its answer when its turn comes.
            cycle.keep_alive = False
            refusal = Reply(problem.answer(_request_id()), (*PERSONAL, *self._origin_headers()))
            self.pipeline[0] = (cycle, refusal)  # type: ignore[assignment]  # two spellings of ASGI
        else:
            started, cycle.disconnected = cycle.response_started, True
            cycle.message_event.set()
            if started:
                self.transport.close()
            else:
                self._tell(problem)

    def _tell(self, problem: Problem) -> None:
        request_id = _request_id()
        answer = problem.answer(request_id)
        headers = [
            *PERSONAL,
            *self._origin_headers(),
            *((name.encode(), value.encode()) for name, value in answer.headers),
            (b"x-request-id", request_id.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[answer.status] + lines + b"\r\n" + answer.body)
        self.transport.close()

    def _origin_headers(self) -> RawHeaders:
        """The CORS headers of a refusal, by those headers of the request that have arrived."""
        cross_origin = self._gate.cross_origin
        if cross_origin is None:
            return ()
        if self._arriving is _Part.BODY:
            return cross_origin.headers(self.scope["headers"])
        return cross_origin.headers(self.headers) if self._arriving is _Part.HEAD else cross_origin.unasked


def limited(limits: ConnectionLimits) -> type[LimitedHttp]:
    """Connections with these limits instead of those of the settings."""
    return type("LimitedHttp", (LimitedHttp,), {"limits": limits})


def _request_id() -> str:
    return f"{getrandbits(128):032x}"
