"""Limits the number of connections, in total and from one address, and ends slow ones."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from entrypoints.connections.limits import ConnectionLimits
from entrypoints.http.kit.client_address import network_of
from entrypoints.http.kit.cors import CrossOrigin

log = logging.getLogger("unified_dental.connections")

TICK = 0.5
"""The most seconds between two checks for slow connections."""


class Connection(Protocol):
    """What the gate needs to know of a connection."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def check(self, now: float) -> None:
        """Close the connection if it has taken too long."""


class Gate:
    """The connections of one server.

    When there are too many, the one that has waited longest for a request is closed, so that half-open and idle
    connections never keep others out. A new one is refused only when all are busy.
    """

    def __init__(
        self, limits: ConnectionLimits, trusted: Callable[[str], bool], cross_origin: CrossOrigin | None = None
    ) -> None:
        """Connections of `trusted` hosts, proxies that forward the requests of many clients, count in total only.

        `cross_origin` says which pages may read why a connection was refused.
        """
        self.limits = limits
        self.cross_origin = cross_origin
        self.refusals: Counter[str] = Counter()
        self._logged: Counter[str] = Counter()
        self._trusted = trusted
        self._open: dict[Connection, str | None] = {}
        self._waiting: dict[Connection, None] = {}
        self._by_address: Counter[str] = Counter()
        self._tick = min(TICK, *(seconds / 4 for seconds in (limits.head, limits.body, limits.answer)))
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, connection: Connection, host: str | None) -> bool:
        """Whether the connection is admitted."""
        address = None if host is None or self._trusted(host) else network_of(host)
        if address is not None and self._by_address[address] >= self.limits.per_address and not self._drop(address):
            return False
        if len(self._open) >= self.limits.connections and not self._drop(None):
            return False
        self._open[connection] = address
        self._waiting[connection] = None
        if address is not None:
            self._by_address[address] += 1
        if self._timer is None:
            self._timer = connection.loop.call_later(self._tick, self._look, connection.loop)
        return True

    def wait(self, connection: Connection) -> None:
        """The connection is idle until its next request."""
        if connection in self._open:
            self._waiting[connection] = None

    def work(self, connection: Connection) -> None:
        """The connection has a request."""
        self._waiting.pop(connection, None)

    def leave(self, connection: Connection) -> None:
        self._waiting.pop(connection, None)
        address = self._open.pop(connection, None)
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _drop(self, address: str | None) -> bool:
        """Make room by closing an idle connection, one of this address if there is one."""
        candidates = (each for each in self._waiting if address is None or self._open[each] == address)
        # A client that has not read the whole answer yet would lose the rest.
        victim = next((each for each in candidates if not each.transport.get_write_buffer_size()), None)
        if victim is None:
            return False
        self.refusals["dropped-while-waiting"] += 1
        self.leave(victim)
        victim.transport.abort()
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in list(self._open):
            connection.check(now)
        if news := self.refusals - self._logged:
            counts = ", ".join(f"{count} {reason}" for reason, count in sorted(news.items()))
            log.warning("connections refused since the last message: %s", counts)
            self._logged = self.refusals.copy()
        self._timer = loop.call_later(self._tick, self._look, loop) if self._open else None
