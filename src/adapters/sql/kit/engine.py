"""Connections: the shared engine for writing, and the read path. Created once, at startup."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import aiosqlite
import asyncpg
from sqlalchemy import URL, ExceptionContext, Select, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from adapters.documents import as_json
from adapters.sql.kit.connection_places import Places
from adapters.sql.kit.connections import PATIENCE, Connection, Connections, Limits
from adapters.sql.kit.failures import cause_of, ended
from adapters.sql.kit.granted import Granted, SharingPool
from adapters.sql.kit.options import DatabaseOptions, Pooler, Tls, UnusableUrl, database_url
from adapters.sql.kit.pool import Pool
from adapters.sql.kit.reads import PostgresReads, Reads, SqliteReads
from adapters.sql.kit.replica import ReplicaReads
from adapters.sql.kit.schema import within_schema
from adapters.sql.kit.sqlite_files import file_of, keep_private
from adapters.sql.kit.write_failures import WriteFailures
from adapters.sql.kit.writes import PostgresWrites

__all__ = ["Database", "DatabaseOptions", "Pooler", "Tls", "UnusableUrl", "database_url", "open_database"]

SQLITE_HEALTH_PATIENCE = 0.5
"""Seconds that the heartbeat waits for another writer."""

log = logging.getLogger("unified_dental.database")

_memory_names = (f"file:/unified-dental-{number}" for number in itertools.count(1))


@dataclass(frozen=True, slots=True)
class Database:
    """The engine for units of work, the reads, and on PostgreSQL the single-statement writes.

    `health` has a separate connection, so that it works even if all others are in use. `places` limits the sessions;
    None on SQLite, which serializes writers. `limits` is to be executed in each transaction; None if the connection
    already has them. `anchor` keeps an in-memory database alive. `known` is what never changes once it is true.
    """

    engine: AsyncEngine
    reads: Reads
    health: AsyncEngine
    options: DatabaseOptions
    writes: PostgresWrites | None = None
    schema: str | None = None
    places: Places | None = None
    limits: Select[Any] | None = None
    anchor: sqlite3.Connection | None = None
    terminate: Callable[[], None] = lambda: None
    write_failures: WriteFailures = field(default_factory=WriteFailures)
    known: dict[str, bool] = field(default_factory=dict)
    pools: tuple[Granted, ...] = ()
    replica: ReplicaReads | None = None

    @property
    def reads_of_queries(self) -> Reads:
        """What queries read with; units of work use the primary alone."""
        return self.replica or self.reads

    @property
    def is_writing(self) -> bool:
        """Whether SQLite's only writer is one of this process."""
        pool = self.engine.pool
        return self.places is None and isinstance(pool, QueuePool) and pool.checkedout() > 0

    async def close(self) -> None:
        """Close all connections; after some seconds terminate those that do not answer."""
        try:
            async with asyncio.timeout(3 * PATIENCE):
                if self.replica is not None:
                    await self.replica.close()
                await self.reads.close()
                await self.health.dispose()
                await self.engine.dispose()
        except TimeoutError:
            log.warning("connections to the database did not close in time, and were terminated")
        finally:
            self.terminate()
            if self.anchor is not None:
                self.anchor.close()


def open_database(options: DatabaseOptions, pool: type[Pool] = Pool) -> Database:
    """Connect lazily: nothing is sent before the first statement. Raises UnusableUrl.

    What is read and written past SQLAlchemy on PostgreSQL uses the connections of such a `pool`.
    """
    url = database_url(options.url)
    if url.get_backend_name() == "sqlite":
        if options.replica_url is not None:
            raise UnusableUrl("REPLICA_DATABASE_URL is for PostgreSQL; DATABASE_URL begins with 'sqlite'")
        return _open_sqlite(url, options)
    return _open_postgresql(url, options, pool)


def _open_postgresql(url: URL, options: DatabaseOptions, kind_of_pool: type[Pool]) -> Database:
    pooled = options.pooler == "transaction"
    url, arguments = _arguments(url, options, options.tls)
    limits = Limits(options.statement_timeout, options.lock_timeout, options.idle_timeout)
    connections = Connections(limits, pooled=pooled, but=url.query, tell=options.tell)
    shared: dict[str, Any] = {
        "pool_recycle": options.pool_recycle,
        "json_serializer": as_json,
        # Errors are logged; the values in them are people's data.
        "hide_parameters": True,
        "connect_args": {
            **arguments,
            "async_creator_fn": connections.connect,
            **({"prepared_statement_cache_size": 0} if pooled else {}),
        },
        # Named in each statement: a search path belongs to the session, which a pooler may give to another client.
        "execution_options": within_schema(options.schema),
    }
    engine = create_async_engine(
        url,
        pool_size=options.pool_size,
        max_overflow=options.max_overflow,
        pool_timeout=options.pool_timeout,
        pool_pre_ping=options.pool_pre_ping,
        poolclass=SharingPool,
        **shared,
    )
    health = create_async_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True, **shared)
    for each in (engine, health):
        event.listen(each.sync_engine, "handle_error", _give_up_what_has_ended)
    size = options.pool_size + options.max_overflow

    in_transaction = limits.text(local=True) if pooled else ""
    pool = kind_of_pool(
        _connecting(connections, url, arguments),
        size=size,
        timeout=options.pool_timeout,
        lifetime=options.pool_recycle,
        patience=options.command_timeout,
    )
    places = Places(size, options.pool_timeout)
    reads = PostgresReads(pool, options.schema, limits=in_transaction, pooled=pooled)
    return Database(
        engine,
        reads,
        health,
        options,
        PostgresWrites(pool, options.schema, limits=in_transaction, pooled=pooled),
        options.schema,
        places,
        limits.expressed() if pooled else None,
        terminate=connections.terminate,
        pools=_shared(pool, engine, places),
        replica=_replica(options, reads, connections, in_transaction),
    )


def _arguments(url: URL, options: DatabaseOptions, tls: Tls) -> tuple[URL, dict[str, Any]]:
    """The URL without what asyncpg takes as arguments, and the arguments."""
    mode = url.query.get("sslmode", tls)
    arguments: dict[str, Any] = {"ssl": _tls(str(mode), options.tls_ca), "timeout": options.connect_timeout}
    if options.pooler == "transaction":
        # A prepared statement would remain on a server connection that the next transaction may not get.
        arguments["statement_cache_size"] = 0
    return url.difference_update_query(["sslmode"]), arguments


def _connecting(connections: Connections, url: URL, arguments: dict[str, Any]) -> Callable[[], Awaitable[Connection]]:
    async def connect() -> Connection:
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await connections.connect(dsn, **arguments)

    return connect


def _replica(
    options: DatabaseOptions, primary: PostgresReads, connections: Connections, limits: str
) -> ReplicaReads | None:
    if options.replica_url is None:
        return None
    url = database_url(options.replica_url, "REPLICA_DATABASE_URL")
    if url.get_backend_name() != "postgresql":
        raise UnusableUrl("REPLICA_DATABASE_URL must begin with postgresql://")
    url, arguments = _arguments(url, options, options.replica_tls)
    arguments["timeout"] = min(options.connect_timeout, options.replica_timeout)
    pool = Pool(
        _connecting(connections, url, arguments),
        size=options.pool_size + options.max_overflow,
        timeout=options.replica_timeout,
        lifetime=options.pool_recycle,
        patience=options.command_timeout,
        name="replica",
    )
    pooled = options.pooler == "transaction"
    make = partial(PostgresReads, pool, options.schema, limits=limits, pooled=pooled, memo=primary.memo)
    return ReplicaReads(primary, pool, lambda catch_up: make(before=catch_up))


def _shared(reading: Pool, engine: AsyncEngine, places: Places) -> tuple[Granted, Granted]:
    """Let the two pools share what the database grants, should that be less than both may have."""
    writing = cast(SharingPool, engine.pool)
    writing.granted = Granted("writing", places, writing.count, writing.spare)
    writing.granted.other, reading.granted.other = reading.granted, writing.granted
    return reading.granted, writing.granted


def _give_up_what_has_ended(context: ExceptionContext) -> None:
    """Remove a connection from the engine's pool if its last error ended it, although the driver reports it as open."""
    error = cause_of(context.original_exception)
    if isinstance(error, (asyncpg.PostgresError, asyncpg.InternalClientError, OSError)) and ended(error):
        context.is_disconnect = True


def _open_sqlite(url: URL, options: DatabaseOptions) -> Database:
    anchor = None
    if url.database in (None, "", ":memory:"):
        # SQLite's own shared memory file system lets several connections see one database.
        name = next(_memory_names)
        url = url.set(database=name).update_query_dict({"vfs": "memdb", "uri": "true"})
        # It ends with the last of them, and a cancelled unit of work closes its own.
        anchor = sqlite3.connect(f"{name}?vfs=memdb", uri=True, check_same_thread=False)
    shared: dict[str, Any] = {
        # One writer at a time: the others wait here, not in the database for a lock.
        "pool_size": 1,
        "max_overflow": 0,
        "pool_timeout": options.pool_timeout,
        "json_serializer": as_json,
        # Errors are logged; the values in them are people's data.
        "hide_parameters": True,
    }
    driven = {"isolation_level": None, "factory": _Connection}
    engine = create_async_engine(url, connect_args={"timeout": options.pool_timeout, **driven}, **shared)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    health = create_async_engine(url, connect_args={"timeout": SQLITE_HEALTH_PATIENCE, **driven}, **shared)
    for each in (engine, health):
        event.listen(each.sync_engine, "do_connect", lambda dialect, record, given, named: _keep_private(given, named))
        event.listen(each.sync_engine, "connect", _prepare_sqlite)
    arguments, keywords = engine.dialect.create_connect_args(url)

    async def connect() -> aiosqlite.Connection:
        _keep_private(arguments, keywords)
        return await aiosqlite.connect(*arguments, **keywords, timeout=options.pool_timeout, isolation_level=None)

    return Database(engine, SqliteReads(connect), health, options, anchor=anchor)


def _keep_private(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
    """Restrict the permissions of the file before SQLite opens or creates it."""
    if path := file_of(arguments, keywords):
        keep_private(path)


class _Connection(sqlite3.Connection):
    """Ends its transaction when it is closed.

    Otherwise SQLite waits until the last statement is released, which a cancelled unit of work may hold for long, and
    nobody else could write meanwhile.
    """

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()


def _prepare_sqlite(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    # A unit of work will write: it takes the lock at once, so that it cannot fail half-way because of it.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _tls(mode: str, ca: str | None) -> ssl.SSLContext | str:
    if mode == "verify-full":
        return ssl.create_default_context(cafile=ca)
    return mode
