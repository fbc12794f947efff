"""Connections to PostgreSQL, with limits on the server's side and a socket that notices a silent network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakSet

import asyncpg
from sqlalchemy import Select, func, select

Connection: TypeAlias = asyncpg.Connection

PATIENCE = 2.0
"""Seconds that the server has to answer a cancel or a close before the connection is terminated."""

KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 30_000}
"""Seconds, but for the last, which is in milliseconds: a machine that is gone is noticed after half a minute."""


SEARCHED = {"search_path": "pg_catalog, pg_temp"}
"""Where the server looks for whatever a statement names without a schema: for functions and operators of its own, and
nothing of ours. Elsewhere others may make some that fit better (CVE-2018-1058), and that would run as ourselves."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server ends by itself, in seconds: a statement, waiting for a lock, idling in a transaction."""

    statement: float
    lock: float
    idle: float

    def settings(self) -> dict[str, str]:
        """The server's own names, with values in its own unit."""
        return {
            "statement_timeout": milliseconds(self.statement),
            "lock_timeout": milliseconds(self.lock),
            "idle_in_transaction_session_timeout": milliseconds(self.idle),
        }

    def text(self, but: Collection[str] = (), *, local: bool = False) -> str:
        """The statement that sets them; `local` is for the transaction under way only."""
        calls = (
            f"pg_catalog.set_config('{name}', '{value}', {str(local).lower()})"
            for name, value in {**SEARCHED, **self.settings()}.items()
            if name not in but
        )
        return f"SELECT {', '.join(calls)}"

    def expressed(self) -> Select[Any]:
        """The same for the transaction under way, as SQLAlchemy takes it."""
        return select(
            *(func.pg_catalog.set_config(name, value, True) for name, value in {**SEARCHED, **self.settings()}.items())
        )


def milliseconds(seconds: float) -> str:
    """As the server's settings take it."""
    return str(max(1, round(seconds * 1_000)))


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Notices that the peer is gone even when nothing is sent."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any, **named: Any) -> None:
        super().__init__(protocol, transport, *rest, **named)
        peer = transport.get_extra_info("socket")
        if peer is not None and peer.family != socket.AF_UNIX:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in KEEPALIVE.items():
                if hasattr(socket, name):  # Not every system has all of them.
                    peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class Connections:
    """Opens connections, and knows those that are open.

    Limits are set by a statement of their own, once for each connection: a pooler refuses what it does not know when a
    connection begins. One in transaction mode keeps nothing, so there each transaction sets its own.
    """

    def __init__(self, limits: Limits, *, pooled: bool, but: Collection[str] = ()) -> None:
        """`but` are the settings that the URL sets itself."""
        self._prepare = "" if pooled else limits.text(but)
        self._open: WeakSet[Connection] = WeakSet()

    async def connect(self, *arguments: Any, **named: Any) -> Connection:
        """As asyncpg's, within its `timeout`."""
        async with asyncio.timeout(named.get("timeout")):
            connection = await asyncpg.connect(*arguments, **named, connection_class=_Connection)
            self._open.add(connection)
            try:
                if self._prepare:
                    await connection.execute(self._prepare)
            except BaseException:
                connection.terminate()
                raise
            return connection

    def terminate(self) -> None:
        """End all that are still open, without waiting for anybody."""
        for connection in tuple(self._open):
            connection.terminate()


async def take_leave(connection: Connection) -> None:
    """Close the connection after cancelling its statement; terminate it if the server does not answer."""
    with suppress(Exception):
        await connection.close(timeout=PATIENCE)
