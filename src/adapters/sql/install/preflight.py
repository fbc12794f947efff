"""What `unified-dental check` asks of the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, event, func, select

from adapters.sql.install.capacity import capacity, demand
from adapters.sql.install.inspecting import KEEPING, protection
from adapters.sql.install.migrating import current, migration_problems
from adapters.sql.install.pooling import Pooling, pooler_problems, pooling
from adapters.sql.install.replicas import replica_problems
from adapters.sql.install.restoring import missing_transactions
from adapters.sql.kit.clock_skew import clock_problems
from adapters.sql.kit.engine import Database, database_url, open_database
from adapters.sql.kit.failures import OF_THE_DRIVERS, tell
from application.kernel.ports import Clock

Inspected = tuple[str, Sequence[str]]
"""What was found, and the problems, each with its correction."""

P = ParamSpec("P")
R = TypeVar("R")


def _translated(work: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    @wraps(work)
    async def run(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return await work(*arguments, **named)
        except OF_THE_DRIVERS as error:
            tell(error)

    return run


class SqlInspection:
    """Inspects the database. Each method raises StoreUnavailable, SchemaBehind or StoreWithoutRights."""

    def __init__(self, database: Database, clock: Clock, opened_as: Database) -> None:
        """Uses `database`; the service itself has `opened_as`, whose options are checked."""
        self._database = database
        self._clock = clock
        self._options = opened_as.options
        self._url = database_url(opened_as.options.url)
        self._pooling: Pooling | None = None

    @_translated
    async def server(self) -> str:
        """The version and address of the database, and the role that is connected."""
        if self._is_sqlite:
            async with self._database.engine.connect() as connection:
                version = await connection.scalar(select(func.sqlite_version()))
            return f"SQLite {version}, {_file(self._url)}"
        async with self._database.engine.connect() as connection:
            version, role = (await connection.execute(SERVER)).one()
        return f"PostgreSQL {version.split(' ')[0]} at {_address(self._url)}, as {role}"

    @_translated
    async def pooler(self) -> Inspected | None:
        """Whether DATABASE_POOLER says what is there; None where there can be none."""
        if self._is_sqlite:
            return None
        async with asyncio.timeout(2 * self._options.connect_timeout):
            self._pooling = await pooling(self._database.health, self._database.engine)
        return f"{self._options.pooler}: {self._pooling.value}", pooler_problems(self._pooling, self._options.pooler)

    @_translated
    async def migration(self) -> Inspected:
        """Whether the database is at the newest migration."""
        revision = await current(self._database.engine)
        problems = migration_problems(revision)
        return "" if problems else f"{revision}, the newest", problems

    @_translated
    async def protection(self) -> Mapping[str, Sequence[str]]:
        """How the database protects the service's data: each topic with its problems."""
        return await protection(self._database.engine, reading_role=self._options.reading_role)

    @_translated
    async def evidence(self) -> Sequence[str]:
        """The triggers that protect evidence, as far as they are missing."""
        return (await protection(self._database.engine, only=KEEPING))[KEEPING]

    @_translated
    async def capacity(self, workers: int) -> Inspected | None:
        """Whether the server admits what that many processes may open; None where that cannot be seen."""
        if self._is_sqlite:
            return None
        needed = demand(self._options, workers)
        if self._pooling is not None and self._pooling is not Pooling.DIRECT:
            return f"{needed} clients of the pooler, whose own limits must admit them", []
        return await capacity(self._database.engine, needed)

    @_translated
    async def replica(self) -> Inspected | None:
        """Whether the replica can be used; None without one."""
        if self._options.replica_url is None:
            return None
        return "it shows what has been committed", await replica_problems(self._database.engine, self._options)

    @_translated
    async def order_of_events(self) -> Sequence[str]:
        """What keeps new events from being read after the stored ones."""
        missing = await missing_transactions(self._database.engine)
        return [f"{missing:,} transactions are missing; run `unified-dental after-restore`"] if missing else []

    @_translated
    async def clock_problems(self, tolerable: timedelta) -> list[str]:
        """The problems when the clocks of process and database differ by more than this."""
        return await clock_problems(self._database.engine, self._clock, tolerable)

    @property
    def _is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"


SERVER = select(func.pg_catalog.current_setting("server_version"), func.current_user())


@asynccontextmanager
async def inspection(database: Database, clock: Clock) -> AsyncIterator[SqlInspection]:
    """For a check of the database, on connections that work behind any pooler and with any value of DATABASE_POOLER."""
    options = database.options
    if database.places is None:
        yield SqlInspection(database, clock, database)
        return
    one = replace(options, pooler="transaction", pool_size=1, max_overflow=0, replica_url=None)
    apart = open_database(one)
    for engine in (apart.engine, apart.health):
        # As elsewhere, names are looked up in the server's catalogue only.
        event.listen(engine.sync_engine, "begin", lambda connection: connection.execute(apart.limits))
    try:
        yield SqlInspection(apart, clock, database)
    finally:
        await apart.close()


def _file(url: URL) -> str:
    return url.database or "in memory"


def _address(url: URL) -> str:
    where = f"{url.host}:{url.port or 5432}" if url.host else str(url.query.get("host", "the address of PGHOST"))
    return f"{where}/{url.database or ''}"
