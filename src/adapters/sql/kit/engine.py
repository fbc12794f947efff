"""Connections: the shared engine for writing, and the read path. Created once, at startup."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import aiosqlite
import asyncpg
from sqlalchemy import URL, ExceptionContext, Select, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from adapters.documents import as_json
from adapters.sql.kit.connection_places import Places
from adapters.sql.kit.connections import PATIENCE, Connection, Connections, Limits
from adapters.sql.kit.failures import cause_of, ended
from adapters.sql.kit.granted import Granted, SharingPool
from adapters.sql.kit.pool import Pool
from adapters.sql.kit.reads import PostgresReads, Reads, SqliteReads
from adapters.sql.kit.schema import SCHEMA, within_schema
from adapters.sql.kit.sqlite_files import file_of, keep_private
from adapters.sql.kit.write_failures import WriteFailures
from adapters.sql.kit.writes import PostgresWrites

Pooler = Literal["session", "transaction"]
Tls = Literal["disable", "prefer", "require", "verify-full"]

SQLITE_HEALTH_PATIENCE = 0.5
"""Seconds that the heartbeat waits for another writer."""

log = logging.getLogger("unified_dental.database")

_memory_names = (f"file:/unified-dental-{number}" for number in itertools.count(1))


class UnusableUrl(ValueError):
    """The kind of the database URL is not supported."""


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How to connect to the database. Times are in seconds; SQLite uses only the URL and the timeout.

    `schema` contains all tables of the service on PostgreSQL; SQLite has none. `pooler` is "transaction" behind a
    pooler that assigns connections per transaction (Supavisor on port 6543, PgBouncer): then no state is kept on a
    connection. `tls_ca` is the path of the certificate authority's file. The server itself ends a statement, a lock
    wait or an idle transaction; `command_timeout`, which is longer, limits one read or one unit of work on the client.
    `long_timeout` replaces both for long operations: imports, refreshes, migrations.
    """

    url: str
    pool_size: int = 10
    max_overflow: int = 10
    pool_timeout: float = 10
    pool_recycle: int = 1_800
    pool_pre_ping: bool = True
    schema: str = SCHEMA
    pooler: Pooler = "session"
    tls: Tls = "prefer"
    tls_ca: str | None = None
    connect_timeout: float = 5
    statement_timeout: float = 10
    lock_timeout: float = 3
    idle_timeout: float = 30
    command_timeout: float = 15
    long_timeout: float = 600


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

    @property
    def is_writing(self) -> bool:
        """Whether SQLite's only writer is one of this process."""
        pool = self.engine.pool
        return self.places is None and isinstance(pool, QueuePool) and pool.checkedout() > 0

    async def close(self) -> None:
        """Close all connections; after some seconds terminate those that do not answer."""
        try:
            async with asyncio.timeout(3 * PATIENCE):
                await self.reads.close()
                await self.health.dispose()
                await self.engine.dispose()
        except TimeoutError:
            log.warning("connections to the database did not close in time, and were terminated")
        finally:
            self.terminate()
            if self.anchor is not None:
                self.anchor.close()


def database_url(text: str) -> URL:
    """The URL with the asynchronous driver; accepts `postgres://` and a `sslmode`. Raises UnusableUrl."""
    try:
        url = make_url(text)
    except Exception as error:
        raise UnusableUrl("DATABASE_URL is not a database URL") from error
    match url.get_backend_name():
        case "postgres" | "postgresql":
            return url.set(drivername="postgresql+asyncpg")
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case other:
            raise UnusableUrl(f"DATABASE_URL begins with {other!r}; use postgresql://, sqlite:/// or memory://")


def open_database(options: DatabaseOptions, pool: type[Pool] = Pool) -> Database:
    """Connect lazily: nothing is sent before the first statement. Raises UnusableUrl.

    What is read and written past SQLAlchemy on PostgreSQL uses the connections of such a `pool`.
    """
    url = database_url(options.url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, options)
    return _open_postgresql(url, options, pool)


def postgresql_hosts(url: URL) -> list[str] | None:
    """The hosts of a PostgreSQL URL, a path for a socket; None for other databases.

    Empty if the URL names none, so that the environment decides.
    """
    if url.get_backend_name() != "postgresql":
        return None
    named = url.query.get("host", ())
    hosts = [url.host] if url.host else [named] if isinstance(named, str) else list(named)
    return [_without_port(host) for host in hosts]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def _open_postgresql(url: URL, options: DatabaseOptions, kind_of_pool: type[Pool]) -> Database:
    mode = url.query.get("sslmode", options.tls)
    url = url.difference_update_query(["sslmode"])
    pooled = options.pooler == "transaction"
    arguments: dict[str, Any] = {"ssl": _tls(str(mode), options.tls_ca), "timeout": options.connect_timeout}
    if pooled:
        # A prepared statement would remain on a server connection that the next transaction may not get.
        arguments["statement_cache_size"] = 0
    limits = Limits(options.statement_timeout, options.lock_timeout, options.idle_timeout)
    connections = Connections(limits, pooled=pooled, but=url.query)
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

    async def connect() -> Connection:
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await connections.connect(dsn, **arguments)

    in_transaction = limits.text(local=True) if pooled else ""
    pool = kind_of_pool(
        connect,
        size=size,
        timeout=options.pool_timeout,
        lifetime=options.pool_recycle,
        patience=options.command_timeout,
    )
    places = Places(size, options.pool_timeout)
    return Database(
        engine,
        PostgresReads(pool, options.schema, limits=in_transaction, pooled=pooled),
        health,
        options,
        PostgresWrites(pool, options.schema, limits=in_transaction, pooled=pooled),
        options.schema,
        places,
        limits.expressed() if pooled else None,
        terminate=connections.terminate,
        pools=_shared(pool, engine, places),
    )


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
