"""Fewer connections than a pool may have: what happens when the database refuses more as too many.

A role, a database, a server or a pooler may allow fewer connections than all pools together may open. Then a pool uses
the connections that it has, and others wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, cast

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util.concurrency import greenlet_spawn
from sqlalchemy.util.queue import Empty

from adapters.sql.kit.connection_places import Places
from adapters.sql.kit.failures import is_full

PROBE = 5.0
"""Seconds until a pool whose connection was refused tries to open one more."""
PAUSE = 0.1
"""Seconds before the next attempt while a pool has no connection at all."""
QUIET = 60.0
"""Seconds between two warnings about the same pool."""

log = logging.getLogger("unified_dental.database")


class Granted:
    """How many connections the database grants to one pool.

    While it refuses more, the pool has only as many places as connections, so that work waits in its usual order.
    """

    def __init__(
        self,
        name: str,
        places: Places,
        count: Callable[[], int],
        spare: Callable[[], None],
        probe: float = PROBE,
    ) -> None:
        """`count` is the number of open connections; `spare` closes one of them as soon as it is idle.

        `probe` is in seconds, from a refusal to the next attempt.
        """
        self.name = name
        self.refusals = 0
        self.other: Granted | None = None
        self.tell_others: Callable[[int], None] | None = None
        """Tells other processes how many connections this pool has, when it is refused one."""
        self._places = places
        self._count = count
        self._spare = spare
        self._patience = probe
        self._timer: asyncio.TimerHandle | None = None
        self._told_at = -QUIET

    def figures(self) -> dict[str, int]:
        """How many connections the pool may have and has open, how much work has a place and waits for one, and how
        many connections were refused.
        """
        places = self._places
        return {
            "most": places.most,
            "open": self._count(),
            "in_use": places.used,
            "waiting": places.waiting,
            "refused": self.refusals,
        }

    def refused(self) -> float:
        """Note that a connection was refused as too many; the seconds to wait before the next attempt."""
        self.refusals += 1
        count = self._count()
        self._reduce(max(1, count))
        if self.other is not None:
            self.other.share(count)
        if self.tell_others is not None:
            self.tell_others(count)
        if (now := monotonic()) - self._told_at >= QUIET:
            self._told_at = now
            log.warning(
                "the database refuses more than %d connections for %s, which may have %d: raise the limit of the "
                "role, the server or the pooler, or lower DATABASE_POOL_SIZE and DATABASE_MAX_OVERFLOW",
                count,
                self.name,
                self._places.most,
            )
        return 0.0 if count else PAUSE

    def opened(self) -> None:
        """Note that a connection was opened."""
        if self._places.size < self._places.most:
            self._places.resize(self._count() + 1)

    def share(self, others: int) -> None:
        """Give up a connection to another pool, which was refused one, if it has fewer: `others`."""
        count = self._count()
        if count > others + 1:
            self._reduce(count - 1)
            self._spare()

    def _reduce(self, size: int) -> None:
        self._places.resize(size)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._patience, self._probe)

    def _probe(self) -> None:
        self._timer = None
        self._places.resize(self._places.size + 1)


class SharingPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool, which waits for one of its own connections when the database refuses another."""

    granted: Granted | None = None
    _owed = _opening = 0

    def count(self) -> int:
        """The number of open connections."""
        return self.size() + self.overflow() - self._opening

    def spare(self) -> None:
        """Close a connection that is idle, or the next one that becomes idle."""
        self._owed += 1
        closing = asyncio.get_running_loop().create_task(greenlet_spawn(self._close_idle))
        _CLOSING.add(closing)
        closing.add_done_callback(_CLOSING.discard)

    def _close_idle(self) -> None:
        try:
            record = self._pool.get(False)
        except Empty:
            return
        self._do_return_conn(record)

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if not self._owed:
            super()._do_return_conn(record)
            return
        self._owed -= 1
        try:
            record.close()
        finally:
            self._dec_overflow()

    def _create_connection(self) -> ConnectionPoolEntry:
        self._opening += 1
        try:
            record = super()._create_connection()
        finally:
            self._opening -= 1
        if self.granted is not None:
            self.granted.opened()
        return record

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return self._connected(super()._do_get())
        except Exception as error:
            if self.granted is None or not is_full(error):
                raise
        return self._share(self.granted)

    def _share(self, granted: Granted) -> ConnectionPoolEntry:
        until, patience = monotonic() + self._timeout, PAUSE
        while (left := until - monotonic()) > 0:
            granted.refused()
            try:
                try:
                    return self._connected(self._pool.get(True, min(left, patience)))
                except Empty:
                    patience = min(2 * patience, PROBE)
                return self._connected(super()._do_get())
            except Exception as error:
                if not is_full(error):
                    raise
        raise PoolTimeout("the database refuses another connection, and none became idle in time")

    def _connected(self, record: Any) -> ConnectionPoolEntry:
        """The record of a connection, which is replaced here if it is too old."""
        try:
            record.get_connection()
        except BaseException:
            self._dec_overflow()
            raise
        return cast(ConnectionPoolEntry, record)


_CLOSING: set[asyncio.Task[Any]] = set()
"""Connections that are being closed, referenced here because the event loop keeps only weak references to tasks."""
