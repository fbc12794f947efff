"""Checks whether the database is ready for work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.install.migrating import current, head, migration_problems
from adapters.sql.kit.clock_skew import clock_problems
from adapters.sql.kit.engine import Database
from adapters.sql.kit.failures import Failure, cannot_write, cause_of, failure, is_full
from adapters.sql.kit.heartbeat import beat
from adapters.sql.kit.outbox import outbox_extent
from application.kernel.ports import Clock

PATIENCE = 0.8
"""Seconds that a caller waits for the database. The first connection may take longer."""
BEAT = 5.0
"""Seconds between one write and the next."""
TOLERABLE_SKEW = timedelta(seconds=60)
"""Seconds by which its clock may differ from this machine's before deadlines and times are seriously wrong."""


class SqlReadiness:
    """The database answers, accepts writes, is at the migration of this code, and its clock is about right.

    It is checked on a separate connection; concurrent callers share one check.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._head = head()
        self._look: asyncio.Task[list[str]] | None = None
        self._beat_at = -BEAT

    async def problems(self, patience: float = PATIENCE) -> list[str]:
        """The problems, one sentence each; empty if there are none. Takes at most `patience` seconds."""
        if self._look is None or self._look.done():
            self._look = asyncio.get_running_loop().create_task(self._found())
        # Not cancelled on a timeout: it ends by itself, and other callers share its result.
        await asyncio.wait((self._look,), timeout=patience)
        if not self._look.done():
            return [f"The database did not answer within {patience:g} seconds."]
        return self._look.result()

    def pools(self) -> dict[str, dict[str, int]]:
        """Figures of each pool of connections, by its name."""
        figures = {pool.name: pool.figures() for pool in self._database.pools}
        if self._database.replica is not None:
            figures["replica"] = self._database.replica.figures()
        return figures

    def replica(self) -> Mapping[str, int]:
        """Where lists and reports were read, and how many; empty without a replica."""
        return {} if self._database.replica is None else self._database.replica.results()

    def share_with(self, tell_others: Callable[[int], None]) -> Callable[[int], None]:
        """Share the connections that the database grants with other processes.

        `tell_others` is called with the number of connections of a pool that was refused another. The result is to be
        called with such numbers of others.
        """
        for pool in self._database.pools:
            pool.tell_others = tell_others

        def share(others: int) -> None:
            if pools := self._database.pools:
                max(pools, key=lambda pool: pool.figures()["open"]).share(others)

        return share

    async def outbox(self) -> tuple[int, datetime | None]:
        """How many events the outbox holds at most, and when the oldest happened. Raises StoreUnavailable."""
        return await outbox_extent(self._database.reads)

    async def close(self) -> None:
        """Stop checking."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.wait((self._look,))

    async def _found(self) -> list[str]:
        allowed = self._database.options.connect_timeout
        try:
            async with asyncio.timeout(allowed):
                try:
                    return await self._found_on(self._database.health)
                except (SQLAlchemyError, asyncpg.PostgresError) as error:
                    if not is_full(error):
                        raise
                # The separate connection would be one too many, but the service works on those that it has.
                return await self._found_on(self._database.engine)
        except TimeoutError:
            return [f"The database did not answer within {allowed:g} seconds."]
        except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
            return [_sentence(error)]

    async def _found_on(self, engine: AsyncEngine) -> list[str]:
        revision = await current(engine)
        if revision != self._head:
            return migration_problems(revision)
        clocks = await clock_problems(engine, self._clock, TOLERABLE_SKEW)
        return clocks + await self._written(engine) + self._database.write_failures.recent()

    async def _written(self, engine: AsyncEngine) -> list[str]:
        now = monotonic()
        if now - self._beat_at < BEAT:
            return []
        try:
            await beat(engine, alone=self._database.limits is None)
        except SQLAlchemyError as error:
            if self._database.is_writing and failure(error) is Failure.AWAY and not cannot_write(error):
                return []  # SQLite has one writer at a time, and it is this process.
            raise
        self._beat_at = now
        return []


def _sentence(error: Exception) -> str:
    name = type(cause_of(error)).__name__
    if cannot_write(error):
        return f"The database cannot be written: {name}."
    match failure(error):
        case Failure.DENIED:
            return f"The role of DATABASE_URL lacks a right that the service needs: {cause_of(error)}."
        case Failure.BEHIND:
            return f"The database lacks what this version needs: {cause_of(error)}. Run `unified-dental migrate`."
    return f"The database does not answer: {name}."
