"""A pooler in transaction mode, in front of PostgreSQL: PgBouncer, or its stand-in where it is not installed."""

from __future__ import annotations

import asyncio
import shutil
import struct
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

TLS, GSS, CANCEL = 80877103, 80877104, 80877102
ALLOWED = {
    "user",
    "database",
    "client_encoding",
    "datestyle",
    "timezone",
    "standard_conforming_strings",
    "application_name",
}
"""The startup parameters that PgBouncer accepts unless it is configured otherwise."""


async def _message(reader: asyncio.StreamReader) -> bytes:
    """The next message, with its type and length."""
    head = await reader.readexactly(5)
    return head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


def _framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


class _Server:
    """A connection to PostgreSQL that has been opened."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: bytes) -> None:
        self.reader, self.writer = reader, writer
        self.greeting = greeting
        """The settings that the server reported when the connection was opened."""


class StandIn:
    """Gives a server's connection to a client for one transaction at a time, a different one whenever it can.

    Like PgBouncer it refuses startup parameters that it cannot keep for a client, and lets clients wait while all
    connections are taken. It resets nothing between transactions, so that whatever a session would keep, such as a
    setting or a prepared statement, is missing on the next connection.
    """

    def __init__(self, server_socket: str, password: str, size: int = 4) -> None:
        self._socket, self._password = server_socket, password
        self._size = size
        self._idle: deque[_Server] = deque()
        self._opened = 0
        self._serving: set[asyncio.Task[None] | None] = set()
        self._freed = asyncio.Condition()
        self.transactions = 0
        self.changes = 0
        """How often a client's next transaction was on another connection than its last."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client, until it leaves."""
        self._serving.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if startup := await self._admitted(reader, writer):
                await _Client(self, startup, reader, writer).run()
        writer.close()

    async def _admitted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        while True:
            length, code = struct.unpack("!II", await reader.readexactly(8))
            body = await reader.readexactly(length - 8)
            if code not in (TLS, GSS):
                break
            writer.write(b"N")
        if code == CANCEL:
            return None
        words = body.decode().rstrip("\0").split("\0")
        if unknown := {name.lower() for name in words[::2]} - ALLOWED:
            self._refuse(writer, "08P01", f"unsupported startup parameter: {', '.join(unknown)}")
            return None
        writer.write(_framed(b"R", struct.pack("!I", 3)))
        if (await _message(reader))[5:] != self._password.encode() + b"\0":
            self._refuse(writer, "28P01", "password authentication failed")
            return None
        return struct.pack("!II", length, code) + body

    def _refuse(self, writer: asyncio.StreamWriter, state: str, message: str) -> None:
        writer.write(_framed(b"E", f"SFATAL\0VFATAL\0C{state}\0M{message}\0\0".encode()))

    async def take(self, startup: bytes, last: _Server | None) -> _Server:
        """A connection for a transaction, not the last one if there is another."""
        async with self._freed:
            if self._opened < self._size:
                self._opened += 1
                return await self._open(startup)
            await self._freed.wait_for(lambda: self._idle)
            if self._idle[0] is last:
                self._idle.rotate(-1)
            return self._idle.popleft()

    async def give_back(self, server: _Server) -> None:
        async with self._freed:
            self._idle.append(server)
            self._freed.notify()

    async def drop(self, server: _Server) -> None:
        """The client has left in the middle of a transaction."""
        server.writer.close()
        async with self._freed:
            self._opened -= 1
            self._freed.notify()

    async def close(self, listener: asyncio.Server) -> None:
        """Close the connections to the server, once all clients have left."""
        listener.close()
        await asyncio.gather(*filter(None, self._serving))
        for server in self._idle:
            server.writer.close()
            await server.writer.wait_closed()

    async def _open(self, startup: bytes) -> _Server:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        writer.write(startup)
        greeting = b""
        while (message := await _message(reader))[:1] != b"Z":
            assert message[:1] != b"E", message
            greeting += message if message[:1] in b"SK" else b""
        return _Server(reader, writer, greeting)


class _Client:
    def __init__(
        self, pooler: StandIn, startup: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._pooler, self._startup = pooler, startup
        self._reader, self._writer = reader, writer
        self._server: _Server | None = None
        self._last: _Server | None = None
        self._expected = 0
        """How many times the server still has to say that it is ready."""

    async def run(self) -> None:
        first = await self._pooler.take(self._startup, None)
        await self._pooler.give_back(first)
        self._writer.write(_framed(b"R", struct.pack("!I", 0)) + first.greeting + _framed(b"Z", b"I"))
        answers: asyncio.Task[None] | None = None
        try:
            while (message := await _message(self._reader))[:1] != b"X":
                if self._server is None:
                    self._server = await self._pooler.take(self._startup, self._last)
                    self._pooler.transactions += 1
                    self._pooler.changes += self._last not in (None, self._server)
                    self._last = self._server
                    answers = asyncio.create_task(self._answers(self._server))
                self._expected += message[:1] in b"QSF"
                self._server.writer.write(message)
        finally:
            if answers is not None:
                answers.cancel()
                with suppress(asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
                    await answers
            if self._server is not None:
                await self._pooler.drop(self._server)

    async def _answers(self, server: _Server) -> None:
        while True:
            message = await _message(server.reader)
            if message[:1] == b"Z":
                self._expected -= 1
                if self._expected == 0 and message[5:] == b"I":
                    # Before the client receives it, since it may begin its next transaction at once.
                    self._server = None
                    await self._pooler.give_back(server)
                    self._writer.write(message)
                    return
            self._writer.write(message)


@contextmanager
def stand_in(server_folder: Path, password: str) -> Iterator[tuple[str, StandIn]]:
    """The address of a stand-in for PgBouncer, in a thread, and the stand-in."""
    pooler = StandIn(str(server_folder / ".s.PGSQL.5432"), password)
    with asyncio.Runner() as runner:
        listener = runner.run(_listener(pooler))
        loop = runner.get_loop()
        thread = Thread(target=loop.run_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{listener.sockets[0].getsockname()[1]}", pooler
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            runner.run(pooler.close(listener))


async def _listener(pooler: StandIn) -> asyncio.Server:
    return await asyncio.start_server(pooler.serve, "127.0.0.1", 0)


def installed() -> str | None:
    """The program, if PgBouncer is installed."""
    return shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin") or shutil.which("pgbouncer")
