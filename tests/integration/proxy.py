"""Something between the service and PostgreSQL that cuts connections, holds messages, drips, and falls silent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum

from sqlalchemy import URL

from adapters.sql.kit.engine import database_url
from integration.backends import spelled

CHUNK = 65_536


class Cut(Enum):
    """When the connection is lost."""

    BEFORE_COMMIT = "the commit never reaches the server"
    AFTER_COMMIT = "the server commits, and its answer is lost"
    BEFORE_STATEMENT = "the one statement that writes everything never reaches the server"
    AFTER_STATEMENT = "the server carries that statement out, and its answer is lost"


ANSWERED = {Cut.AFTER_COMMIT: b"COMMIT\0", Cut.AFTER_STATEMENT: b"SELECT 1\0"}

WRITING = re.compile(rb"P....(__asyncpg_stmt_\w+__)\0[^\0]*\(INSERT INTO ", re.DOTALL)
"""The preparation of a statement that writes everything, with its name: later it is sent by its name alone."""

CARRYING_OUT = re.compile(rb"B....\0(__asyncpg_stmt_\w+__)\0", re.DOTALL)
"""The message that has a prepared statement carried out, through a portal without a name."""


class _Sent:
    """What the service has sent to the server on one connection."""

    def __init__(self) -> None:
        self._writing: set[bytes] = set()
        self.has_written = False
        """Whether what was sent last, to be carried out, is one statement that writes everything."""

    def note(self, data: bytes) -> set[Cut]:
        """The cuts that may be made instead of sending this."""
        self._writing.update(WRITING.findall(data))
        cuts = {Cut.BEFORE_COMMIT} if b"COMMIT;\0" in data else set()
        if carried_out := CARRYING_OUT.search(data):
            self.has_written = carried_out[1] in self._writing
            cuts |= {Cut.BEFORE_STATEMENT} if self.has_written else set()
        return cuts


class Hold:
    """Stops the next message to the server that has these bytes in it, until it is released."""

    def __init__(self, pattern: bytes) -> None:
        self.pattern = pattern
        self.reached = asyncio.Event()
        self.released = asyncio.Event()

    def release(self) -> None:
        self.released.set()


class Proxy:
    """Passes everything on, unless it is set otherwise."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self.cut: Cut | None = None
        """Cuts the next connection that commits, once."""
        self.ended = asyncio.Event()
        """Set when the server has closed the connection that was cut, and released its locks."""
        self.silent = False
        """Takes what comes and passes nothing on, in either direction, on connections old and new. A connection that
        has lost a message never recovers."""
        self.drip: tuple[int, float] | None = None
        """Passes answers on in pieces: the bytes of each, and the seconds after which it follows."""
        self.keeps_open = False
        """Does not tell the service that the server has closed a connection."""
        self._hold: Hold | None = None
        self._serving: set[asyncio.Task[None] | None] = set()
        """Kept here, since asyncio releases a connection's task as soon as the connection is aborted, and a task that
        only waits for the other connection is then collected as garbage."""

    def hold(self, pattern: bytes) -> Hold:
        """Stop the next message to the server that has these bytes in it."""
        self._hold = Hold(pattern)
        return self._hold

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.current_task()
        self._serving.add(serving)
        try:
            if self.silent:
                await _swallow(reader)
            else:
                await self._pass_on(reader, writer)
        except ConnectionError:
            pass
        finally:
            self._serving.discard(serving)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await connected(self._server)
        sent = _Sent()
        answers = asyncio.create_task(self._answers(up_reader, writer, sent))
        try:
            while data := await reader.read(CHUNK):
                if self.silent:
                    await _swallow(reader)
                    return
                if self.cut in sent.note(data):
                    self.cut = None
                    writer.transport.abort()
                    up_writer.write_eof()
                    await answers
                    self.ended.set()
                    return
                if self._hold is not None and self._hold.pattern in data:
                    hold, self._hold = self._hold, None
                    hold.reached.set()
                    await hold.released.wait()
                up_writer.write(data)
        finally:
            up_writer.close()
            answers.cancel()
            with suppress(asyncio.CancelledError):
                await answers

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: _Sent) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if self.silent:
                    await _swallow(reader)
                    break
                if self._cuts_behind(data, sent):
                    self.cut = None
                    writer.transport.abort()
                    self.ended.set()
                await self._passes(data, writer)
        if not self.keeps_open and not self.silent:
            writer.close()

    async def _passes(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        while data and not writer.is_closing():
            piece = len(data)
            if self.drip is not None:
                piece, pause = self.drip
                await asyncio.sleep(pause)
            writer.write(data[:piece])
            data = data[piece:]

    def _cuts_behind(self, data: bytes, sent: _Sent) -> bool:
        if self.cut not in ANSWERED or ANSWERED[self.cut] not in data:
            return False
        # Reading one row is answered in the same way.
        return self.cut is Cut.AFTER_COMMIT or sent.has_written


async def connected(server: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server of the URL."""
    folder = server.query.get("host")
    if folder is not None:
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{server.port or 5432}")
    return await asyncio.open_connection(server.host, server.port or 5432)


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy to the server of the URL, and the URL through it."""
    target = database_url(url)
    proxy = Proxy(target)
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        through = target.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        yield proxy, spelled(through)
