"""Lists and reports from a streaming replica, which is used only while it shows everything that has been committed.

A replica replays the primary's log some time after it was written. So before such a read, the primary is asked for the
position in its log, and the replica is used once it has replayed the log up to there. Therefore every answer shows
everything that was committed before it was asked for, by whichever process. Otherwise the read goes to the primary.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import BigInteger, Select, case, cast, column, func, literal_column, select

from adapters.sql.kit.connections import Connection
from adapters.sql.kit.pool import Pool
from adapters.sql.kit.reads import Beside, PostgresReads, Reads, Row, may_use_replica
from adapters.sql.kit.row_memo import Made
from application.kernel.units import StoreUnavailable

PAUSE = 5.0
"""Seconds without further attempts after the replica could not be used."""
POLL = 0.002
"""Seconds before the replica is asked again how far it is; doubled each time, up to a tenth of a second."""
RESULTS = ("replica", "behind", "unavailable")
"""Where reads went: to the replica, or to the primary and why."""

_SYSTEM = select(column("system_identifier")).select_from(func.pg_control_system()).scalar_subquery()
_WRITTEN = case(
    # Then commits are visible before they are flushed.
    (func.current_setting("synchronous_commit") == "off", func.pg_current_wal_insert_lsn()),
    else_=func.pg_current_wal_flush_lsn(),
)
POSITION = select(
    cast(func.pg_wal_lsn_diff(_WRITTEN, literal_column("'0/0'")), BigInteger).label("position"), _SYSTEM.label("system")
)
"""How far the primary's log is, in bytes, and the number of the cluster that it is the log of."""
REACHED = """
    SELECT (pg_last_wal_replay_lsn() - '0/0')::int8, system_identifier, pg_is_in_recovery() FROM pg_control_system()
"""
"""The same of a replica."""

T = TypeVar("T")

log = logging.getLogger("unified_dental.database")


class Behind(Exception):
    """The replica has not replayed the log in time."""


class NotAReplica(Exception):
    """The server is not a streaming replica of the primary."""


class CatchingUp:
    """Waits until the replica shows everything that the primary has committed, for at most `patience` seconds."""

    def __init__(self, primary: Reads, patience: float) -> None:
        self._primary = primary
        self._patience = patience

    async def __call__(self, connection: Connection) -> None:
        """Raises Behind, NotAReplica, TimeoutError and StoreUnavailable."""
        ((wanted, system),) = await self._primary.rows(POSITION)
        has_answered, pause = False, POLL
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    reached, of_system, is_replica = await connection.fetchrow(REACHED)
                    if not is_replica or of_system != system:
                        raise NotAReplica("REPLICA_DATABASE_URL does not name a replica of DATABASE_URL")
                    if reached is not None and reached >= wanted:
                        return
                    has_answered = True
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, 0.1)
        except TimeoutError as error:
            if has_answered:
                raise Behind from error
            raise


class ReplicaReads:
    """Sends lists and reports to the replica, and everything else to the primary.

    After the replica could not be used, there is no further attempt for PAUSE seconds, then one at a time.
    """

    def __init__(self, primary: PostgresReads, pool: Pool, make: Callable[[CatchingUp], PostgresReads]) -> None:
        """`make` makes the reads of the replica on the pool, which first call their argument."""
        self._primary = primary
        self._pool = pool
        self._replica = make(CatchingUp(primary, pool.timeout))
        self._results: Counter[str] = Counter(dict.fromkeys(RESULTS, 0))
        self._why = ""
        self._not_before = 0.0

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        return await self._read(statement, lambda reads: reads.rows(statement, **parameters))

    async def made(
        self, statement: Select[Any], make: Callable[[Row], Made], **parameters: Any
    ) -> tuple[list[Made], Sequence[Beside]]:
        return await self._read(statement, lambda reads: reads.made(statement, make, **parameters))

    def results(self) -> Mapping[str, int]:
        """How many lists and reports were read from the replica, and from the primary by the reason."""
        return self._results

    def figures(self) -> dict[str, int]:
        """Figures of the pool of connections to the replica."""
        return self._pool.granted.figures()

    async def close(self) -> None:
        await self._replica.close()

    async def _read(self, statement: Select[Any], read: Callable[[PostgresReads], Awaitable[T]]) -> T:
        if not may_use_replica(statement):
            return await read(self._primary)
        if self._why and monotonic() < self._not_before:
            self._results[self._why] += 1
            return await read(self._primary)
        # While this is attempted after a failure, others do not wait for the replica.
        self._not_before = monotonic() + PAUSE
        try:
            found = await read(self._replica)
        except (Behind, NotAReplica, StoreUnavailable) as error:
            if _took_too_long(error):
                raise
            self._turn_away(error)
        else:
            self._results["replica"] += 1
            if self._why:
                log.info("lists and reports are read from the replica again")
                self._why = ""
            return found
        return await read(self._primary)

    def _turn_away(self, error: Exception) -> None:
        why = "behind" if isinstance(error, Behind) else "unavailable"
        if why != self._why:
            log.warning("lists and reports are read from the primary: the replica is %s: %s", why, _reason(error))
        if why == "unavailable":
            self._pool.forget_idle()
        self._why = why
        self._results[why] += 1
        self._not_before = monotonic() + PAUSE


def _took_too_long(error: Exception) -> bool:
    """Whether the statement itself was too slow, which it would be on the primary too."""
    return isinstance(error.__cause__, asyncpg.QueryCanceledError)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
