"""Something between the service and PostgreSQL that cuts connections, holds messages, and falls silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum

from sqlalchemy import URL

from adapters.sql.kit.engine import database_url
from integration.backends import spelled

CHUNK = 65_536


class Cut(Enum):
    """When the connection is lost."""

    BEFORE_COMMIT = "the server never hears of the commit"
    AFTER_COMMIT = "the server commits, and its answer is lost"
    BEFORE_STATEMENT = "the server never hears of the one statement that writes everything"
    AFTER_STATEMENT = "the server carries that statement out, and its answer is lost"


SENT = {Cut.BEFORE_COMMIT: b"COMMIT;\0", Cut.BEFORE_STATEMENT: b"(INSERT INTO "}
ANSWERED = {Cut.AFTER_COMMIT: b"COMMIT\0", Cut.AFTER_STATEMENT: b"SELECT 1\0"}


class Hold:
    """Stops the next message to the server that has these bytes in it, until it is released."""

    def __init__(self, pattern: bytes) -> None:
        self.pattern = pattern
        self.reached = asyncio.Event()
        self.released = asyncio.Event()

    def release(self) -> None:
        self.released.set()


class Proxy:
    """Passes everything on, until it is told otherwise."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self.cut: Cut | None = None
        """Cuts the next connection that commits, once."""
        self.ended = asyncio.Event()
        """Set when the server has let go of the connection that was cut, its locks included."""
        self.silent = False
        """Takes what comes and passes nothing on, in either direction, on connections old and new. A connection that
        has lost a message stays so for good."""
        self.keeps_open = False
        """Does not tell the service that the server has closed a connection."""
        self._hold: Hold | None = None

    def hold(self, pattern: bytes) -> Hold:
        """Stop the next message to the server that has these bytes in it."""
        self._hold = Hold(pattern)
        return self._hold

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.silent:
                await _swallow(reader)
            else:
                await self._pass_on(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await self._connect()
        answers = asyncio.create_task(self._answers(up_reader, writer))
        try:
            while data := await reader.read(CHUNK):
                if self.silent:
                    await _swallow(reader)
                    return
                if self.cut in SENT and SENT[self.cut] in data:
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

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if self.silent:
                    await _swallow(reader)
                    break
                if self.cut in ANSWERED and ANSWERED[self.cut] in data:
                    self.cut = None
                    writer.transport.abort()
                    self.ended.set()
                if not writer.is_closing():
                    writer.write(data)
        if not self.keeps_open and not self.silent:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self._server.query.get("host")
        if folder is not None:
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._server.port or 5432}")
        return await asyncio.open_connection(self._server.host, self._server.port or 5432)


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
