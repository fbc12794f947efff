"""Connections to PostgreSQL past SQLAlchemy, handed on from one statement to the next.

asyncpg's own pool puts a proxy around a connection, starts a timer and shields a task for each use, which takes
longer than sending the statement does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from time import monotonic
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = asyncpg.Connection
Connect = Callable[[], Awaitable[Connection]]


class Pool:
    """Up to `size` connections, which belong to the event loop that uses them first.

    Whoever needs one waits for `timeout` seconds at most; one that nobody used for `lifetime` seconds is replaced.
    """

    def __init__(self, connect: Connect, *, size: int, timeout: float, lifetime: float) -> None:
        self._connect = connect
        self._size = size
        self._timeout = timeout
        self._lifetime = lifetime
        self._places = asyncio.Semaphore(size)
        # With the moment of its last use; the last used is the last, and the next to be used.
        self._idle: list[tuple[Connection, float]] = []

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for an `async with`. Raises TimeoutError, and whatever connecting raises."""
        return _Use(self)

    async def take(self) -> Connection:
        if self._places.locked():
            async with asyncio.timeout(self._timeout):
                await self._places.acquire()
        else:
            await self._places.acquire()
        try:
            return self._usable() or await self._connect()
        except BaseException:
            self._places.release()
            raise

    def give_back(self, connection: Connection) -> None:
        self._idle.append((connection, monotonic()))
        if self._is_old(self._idle[0][1]):
            self._idle.pop(0)[0].terminate()
        self._places.release()

    async def give_up(self, connection: Connection) -> None:
        """Close it, after cancelling the statement that is under way."""
        try:
            await connection.close(timeout=self._timeout)
        finally:
            self._places.release()

    def forget_idle(self) -> None:
        """Replace all that are not in use: one of them was lost, and the others likely with it."""
        while self._idle:
            self._idle.pop()[0].terminate()

    async def close(self) -> None:
        """Wait until all have been given back, as long as for one to be had, and close them. Again is nothing."""
        waiting, self._size = self._size, 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                for _ in range(waiting):
                    await self._places.acquire()
        while self._idle:
            await self._idle.pop()[0].close(timeout=self._timeout)

    def _usable(self) -> Connection | None:
        while self._idle:
            connection, used_at = self._idle.pop()
            if not connection.is_closed() and not self._is_old(used_at):
                return connection
            connection.terminate()
        return None

    def _is_old(self, used_at: float) -> bool:
        return monotonic() - used_at > self._lifetime


class _Use:
    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.take()
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or issubclass(kind, asyncpg.PostgresError):
            self._pool.give_back(self._connection)
        else:
            # Without an answer of the server's, nobody knows what state the connection is in.
            await self._pool.give_up(self._connection)
