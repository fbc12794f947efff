"""A pool of connections to PostgreSQL without SQLAlchemy.

For each use, asyncpg's own pool creates a proxy, a timer and a shielded task, which takes longer than sending the
statement, and its statement timeout needs another timer; here one timer watches all connections in use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from time import monotonic

import asyncpg

from adapters.sql.kit.connection_places import Lanes, Places
from adapters.sql.kit.connections import PATIENCE, Connection, take_leave
from adapters.sql.kit.failures import Overdue, ended, is_full
from adapters.sql.kit.granted import PROBE, Granted

Connect = Callable[[], Awaitable[Connection]]


class Pool:
    """Up to `size` connections, which belong to the event loop that uses them first.

    A caller waits for at most `timeout` seconds, and uses a connection for at most `patience` seconds; a connection
    that was idle for `lifetime` seconds is replaced.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        size: int,
        timeout: float,
        lifetime: float,
        patience: float = float("inf"),
        probe: float = PROBE,
        name: str = "reading",
    ) -> None:
        self._connect = connect
        self.timeout = timeout
        self._lifetime = lifetime
        self._patience = patience
        self.places = Places(size, timeout)
        self.granted = Granted(name, self.places, lambda: len(self._open), self._spare, probe)
        self._open: set[Connection] = set()
        # With the time of its last use; the most recently used one is last, and used next.
        self._idle: list[tuple[Connection, float]] = []
        self._uses: set[_Use] = set()
        self._watch: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False
        # Connections to be closed, because another pool needs them.
        self._owed = 0
        self._is_shrinking = False

    def connection(self, lanes: Lanes | None = ()) -> AbstractAsyncContextManager[Connection]:
        """A connection for an `async with`. Raises TimeoutError, and the errors of connecting.

        The block raises Overdue if the connection was used for too long.
        """
        return _Use(self, lanes)

    def forget_idle(self) -> None:
        """Replace all idle connections: one of them was lost, and probably the others too."""
        while self._idle:
            self._drop(self._idle.pop()[0])

    async def close(self) -> None:
        """Wait briefly until all are given back, and close them. Repeated calls have no effect."""
        self._closed = self._is_shrinking = True
        with suppress(TimeoutError):
            async with asyncio.timeout(min(self.timeout, PATIENCE)):
                await self.places.all_given_back()
        if self._watch is not None:
            self._watch.cancel()
        for use in tuple(self._uses):
            use.connection.terminate()
        while self._idle:
            self._leave(self._idle.pop()[0])
        await asyncio.gather(*self._leaving)

    async def _take(self, lanes: Lanes | None) -> Connection:
        if self._closed:
            raise asyncpg.InterfaceError("the pool is closed")
        await self.places.take(lanes)
        try:
            return self._usable() or await self._opened()
        except BaseException as error:
            self.places.give_back(lanes)
            if not is_full(error):
                raise
        return await self._shared(lanes)

    async def _shared(self, lanes: Lanes | None) -> Connection:
        """One of the open connections, or a new one as soon as the database grants it."""
        async with asyncio.timeout(self.timeout):
            while True:
                await asyncio.sleep(self.granted.refused())
                await self.places.take(lanes)
                try:
                    return self._usable() or await self._opened()
                except BaseException as error:
                    self.places.give_back(lanes)
                    if not is_full(error):
                        raise

    async def _opened(self) -> Connection:
        connection = await self._connect()
        self._open.add(connection)
        self.granted.opened()
        return connection

    def _drop(self, connection: Connection) -> None:
        connection.terminate()
        self._open.discard(connection)

    def _spare(self) -> None:
        if self._idle:
            self._leave(self._idle.pop(0)[0])
        else:
            self._owed += 1
            self._is_shrinking = True

    def _must_shrink(self) -> bool:
        if self._owed:
            self._owed -= 1
            self._is_shrinking = self._closed or self._owed > 0
            return True
        return self._closed

    def _usable(self) -> Connection | None:
        while self._idle:
            connection, used_at = self._idle.pop()
            if not connection.is_closed() and not self._is_old(used_at):
                return connection
            self._drop(connection)
        return None

    def _begin(self, use: _Use) -> None:
        self._uses.add(use)
        if self._watch is None and self._patience != float("inf"):
            self._watch = asyncio.get_running_loop().call_later(min(1.0, self._patience / 4), self._look_after)

    def _end(self, use: _Use, error: BaseException | None) -> None:
        self._uses.discard(use)
        connection = use.connection
        if (
            use.is_overdue
            or connection.is_closed()
            or (error is not None and ended(error))
            or (self._is_shrinking and self._must_shrink())
        ):
            # The place is freed once the connection is closed: there are never more connections than places.
            self._leave(connection).add_done_callback(lambda _: self.places.give_back(use.lanes))
            return
        self._idle.append((connection, monotonic()))
        if self._is_old(self._idle[0][1]):
            self._drop(self._idle.pop(0)[0])
        self.places.give_back(use.lanes)

    def _look_after(self) -> None:
        self._watch = None
        if not self._uses:
            return
        latest = monotonic() - self._patience
        for use in self._uses:
            if use.since < latest and not use.is_overdue:
                use.is_overdue = True
                self._leave(use.connection)
        self._watch = asyncio.get_running_loop().call_later(min(1.0, self._patience / 4), self._look_after)

    def _leave(self, connection: Connection) -> asyncio.Task[None]:
        # In a separate task: the user of the connection may be cancelled, and must not wait.
        leaving = asyncio.get_running_loop().create_task(take_leave(connection))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        leaving.add_done_callback(lambda _: self._open.discard(connection))
        return leaving

    def _is_old(self, used_at: float) -> bool:
        return monotonic() - used_at > self._lifetime


class _Use:
    """One use of a connection, by one piece of work."""

    __slots__ = ("_pool", "connection", "is_overdue", "lanes", "since")

    connection: Connection

    def __init__(self, pool: Pool, lanes: Lanes | None) -> None:
        self._pool = pool
        self.lanes = lanes
        self.is_overdue = False

    async def __aenter__(self) -> Connection:
        self.connection = await self._pool._take(self.lanes)
        self.since = monotonic()
        self._pool._begin(self)
        return self.connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        self._pool._end(self, error)
        if self.is_overdue and isinstance(error, Exception):
            raise Overdue("the database did not answer in time") from error
