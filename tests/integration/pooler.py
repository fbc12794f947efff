"""A pooler in front of PostgreSQL that assigns server connections as PgBouncer does, in each of its modes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from sqlalchemy import URL

from adapters.sql.kit.engine import database_url
from integration.backends import spelled
from integration.proxy import connected

Mode = Literal["session", "transaction", "statement"]

IN_PLAIN_TEXT = (80_877_103, 80_877_104)
"""What a client sends that would like to encrypt the connection."""
REFUSAL = b"SFATAL\0VFATAL\0C08P01\0Mtransaction blocks not allowed in statement pooling mode\0\0"
OWN_KEY = b"K" + (12).to_bytes(4) + (999_999).to_bytes(4) + b"own!"
"""A pooler tells its clients a number of its own, to which they send what they cancel."""


class _Server:
    """A connection to the server, which has signed in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: bytes) -> None:
        self.reader, self.writer, self.greeting = reader, writer, greeting


class _Client:
    """A connection of a client, and the server connection that it has at present, if any."""

    def __init__(self, pooler: Pooler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pooler, self._reader, self._writer = pooler, reader, writer
        self._server: _Server | None = None
        self._answers: asyncio.Task[None] | None = None
        self._pending = 0
        """The requests that the server has not finished."""

    async def serve(self) -> None:
        startup = await _startup(self._reader)
        while int.from_bytes(startup[:4]) in IN_PLAIN_TEXT:
            self._writer.write(b"N")
            startup = await _startup(self._reader)
        self._server = await self._pooler.taken(startup)
        self._writer.write(self._server.greeting)
        if self._pooler.mode != "session":
            self._give_back(self._server)
        while (message := await _message(self._reader))[:1] != b"X":
            if self._server is None:
                self._server = await self._pooler.taken(startup)
            if self._answers is None or self._answers.done():
                self._answers = asyncio.create_task(self._pass_answers(self._server))
            self._pending += message[:1] in (b"Q", b"S")
            self._server.writer.write(message)

    async def _pass_answers(self, server: _Server) -> None:
        while True:
            answer = await _message(server.reader)
            if answer[:1] != b"Z":
                self._writer.write(answer)
                continue
            self._pending -= 1
            if self._pooler.mode == "statement" and answer[5:] != b"I":
                self._writer.write(b"E" + (4 + len(REFUSAL)).to_bytes(4) + REFUSAL)
                self._writer.close()
                return
            self._writer.write(answer)
            if self._pooler.mode != "session" and self._pending == 0 and answer[5:] == b"I":
                self._give_back(server)
                return

    def _give_back(self, server: _Server) -> None:
        self._server = None
        self._pooler.idle.append(server)

    def close(self) -> None:
        if self._answers is not None:
            self._answers.cancel()
        if self._server is not None:
            self._server.writer.close()
        self._writer.close()


class Pooler:
    """The idle server connections, of which the last one returned is used first."""

    def __init__(self, mode: Mode, server: URL) -> None:
        self.mode = mode
        self.idle: list[_Server] = []
        self._at = server
        self._writers: list[asyncio.StreamWriter] = []
        self._clients: set[asyncio.Task[None]] = set()

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it leaves."""
        client, task = _Client(self, reader, writer), asyncio.current_task()
        assert task
        self._clients.add(task)
        with suppress(asyncio.IncompleteReadError, OSError):
            try:
                await client.serve()
            finally:
                client.close()
                await writer.wait_closed()

    async def taken(self, startup: bytes) -> _Server:
        """A server connection, new if none is idle."""
        if self.idle:
            return self.idle.pop()
        reader, writer = await connected(self._at)
        self._writers.append(writer)
        writer.write((len(startup) + 4).to_bytes(4) + startup)
        greeting = b""
        while (message := await _message(reader))[:1] != b"Z":
            greeting += OWN_KEY if message[:1] == b"K" else message
        return _Server(reader, writer, greeting + message)

    async def close(self) -> None:
        """Leave the server, once all clients have left."""
        await asyncio.gather(*self._clients)
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _startup(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(int.from_bytes(head[1:]) - 4)


@asynccontextmanager
async def pooled(url: str, mode: Mode) -> AsyncIterator[str]:
    """The URL of the same database behind a pooler in this mode."""
    direct = database_url(url)
    pooler = Pooler(mode, direct)
    listener = await asyncio.start_server(pooler.client, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        yield spelled(direct.set(host="127.0.0.1", port=port, query={"sslmode": "disable"}))
        listener.close()
        await pooler.close()
