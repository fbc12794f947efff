"""Connections to PostgreSQL, with limits on the server and sockets that detect a silent network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from weakref import WeakSet

import asyncpg
from sqlalchemy import Select, func, select

Connection: TypeAlias = asyncpg.Connection

PATIENCE = 2.0
"""Seconds for the server to answer a cancel or a close before the connection is terminated."""

KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 30_000}
"""In seconds, except the last, which is in milliseconds: an unreachable server is noticed after half a minute."""


SEARCHED = {"search_path": "pg_catalog, pg_temp"}
"""The search path for names without a schema: only the server's own functions and operators. Elsewhere other roles
could create better matches (CVE-2018-1058), which would run with the service's rights.
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that the server enforces, in seconds: for a statement, a lock wait, and an idle transaction."""

    statement: float
    lock: float
    idle: float

    def settings(self) -> dict[str, str]:
        """The server's setting names, with values in the server's unit."""
        return {
            "statement_timeout": milliseconds(self.statement),
            "lock_timeout": milliseconds(self.lock),
            "idle_in_transaction_session_timeout": milliseconds(self.idle),
        }

    def text(self, but: Collection[str] = (), *, local: bool = False) -> str:
        """The statement that sets them; `local` limits it to the current transaction."""
        calls = (
            f"pg_catalog.set_config('{name}', '{value}', {str(local).lower()})"
            for name, value in {**SEARCHED, **self.settings()}.items()
            if name not in but
        )
        return f"SELECT {', '.join(calls)}"

    def expressed(self) -> Select[Any]:
        """The same for the current transaction, as a SQLAlchemy statement."""
        return select(
            *(func.pg_catalog.set_config(name, value, True) for name, value in {**SEARCHED, **self.settings()}.items())
        )


def milliseconds(seconds: float) -> str:
    """In the format of the server's settings."""
    return str(max(1, round(seconds * 1_000)))


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Detects that the peer is gone even when nothing is sent."""

    __slots__ = ()

    def __init__(self, protocol: Any, transport: asyncio.Transport, *rest: Any, **named: Any) -> None:
        super().__init__(protocol, transport, *rest, **named)
        peer = transport.get_extra_info("socket")
        if peer is not None and peer.family != socket.AF_UNIX:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in KEEPALIVE.items():
                if hasattr(socket, name):  # Not every system supports all of them.
                    peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class OfStatement(Protocol):
    """Gets each statement that has ended: its text with placeholders, its seconds, and whether it failed."""

    def __call__(self, query: str, seconds: float, failed: bool) -> None: ...


class Connections:
    """Opens connections, and tracks the open ones.

    Limits are set by a separate statement, once per connection, since a pooler refuses unknown startup parameters. A
    pooler in transaction mode does not keep session settings, so there each transaction sets them.
    """

    def __init__(
        self, limits: Limits, *, pooled: bool, but: Collection[str] = (), tell: OfStatement | None = None
    ) -> None:
        """`but` are the settings that the URL itself sets."""
        self._tell = tell
        self._prepare = "" if pooled else limits.text(but)
        self._open: WeakSet[Connection] = WeakSet()

    async def connect(self, *arguments: Any, **named: Any) -> Connection:
        """Like asyncpg's, within its `timeout`."""
        async with asyncio.timeout(named.get("timeout")):
            connection = await asyncpg.connect(*arguments, **named, connection_class=_Connection)
            self._open.add(connection)
            if (tell := self._tell) is not None:
                # The arguments of the statement, which are people's data, are not passed on.
                connection.add_query_logger(lambda it: tell(it.query, it.elapsed, it.exception is not None))
            try:
                if self._prepare:
                    await connection.execute(self._prepare)
            except BaseException:
                connection.terminate()
                raise
            return connection

    def terminate(self) -> None:
        """Terminate all open connections without waiting."""
        for connection in tuple(self._open):
            connection.terminate()


async def take_leave(connection: Connection) -> None:
    """Cancel the connection's statement and close it; terminate it if the server does not answer."""
    with suppress(Exception):
        await connection.close(timeout=PATIENCE)
