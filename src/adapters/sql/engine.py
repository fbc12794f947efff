"""Connections: the one shared engine for writing, and the read path beside it. Made once, at start."""

from __future__ import annotations

import itertools
import sqlite3
import ssl
from dataclasses import dataclass
from typing import Any, Literal

import aiosqlite
import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.documents import as_json
from adapters.sql.pool import Connection, Pool
from adapters.sql.reads import PostgresReads, Reads, SqliteReads
from adapters.sql.schema import SCHEMA, within_schema
from adapters.sql.writes import PostgresWrites

Pooler = Literal["session", "transaction"]
Tls = Literal["disable", "prefer", "require", "verify-full"]

_memory_names = (f"file:/unified-dental-{number}" for number in itertools.count(1))


class UnusableUrl(ValueError):
    """The database URL is of no kind that is supported."""


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How to reach the database. Times in seconds; SQLite uses the URL and the timeout only.

    `schema` is where all of ours is on PostgreSQL; SQLite has none.
    `pooler` is "transaction" behind a pooler that gives a connection per transaction (Supavisor on port 6543,
    PgBouncer): then nothing is kept on a connection. `tls_ca` is the path of the certificate authority's file.
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


@dataclass(frozen=True, slots=True)
class Database:
    """The engine for units of work, the reads, and on PostgreSQL the writes of one statement.

    `anchor` is what a database in memory lives by.
    """

    engine: AsyncEngine
    reads: Reads
    writes: PostgresWrites | None = None
    schema: str | None = None
    anchor: sqlite3.Connection | None = None

    async def close(self) -> None:
        await self.reads.close()
        await self.engine.dispose()
        if self.anchor is not None:
            self.anchor.close()


def database_url(text: str) -> URL:
    """The URL with the asynchronous driver; `postgres://` and a `sslmode` are understood. Raises UnusableUrl."""
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


def open_database(options: DatabaseOptions) -> Database:
    """Connect lazily: nothing is sent before the first statement. Raises UnusableUrl."""
    url = database_url(options.url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, options)
    return _open_postgresql(url, options)


def postgresql_hosts(url: URL) -> list[str] | None:
    """The hosts of a URL of PostgreSQL, a path for a socket; None for other databases.

    Empty when it names none, so that the environment does.
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


def _open_postgresql(url: URL, options: DatabaseOptions) -> Database:
    mode = url.query.get("sslmode", options.tls)
    url = url.difference_update_query(["sslmode"])
    pooled = options.pooler == "transaction"
    arguments: dict[str, Any] = {"ssl": _tls(str(mode), options.tls_ca), "timeout": options.pool_timeout}
    if pooled:
        # A prepared statement would be left on a server connection that the next transaction does not get.
        arguments["statement_cache_size"] = 0
    engine = create_async_engine(
        url,
        pool_size=options.pool_size,
        max_overflow=options.max_overflow,
        pool_timeout=options.pool_timeout,
        pool_recycle=options.pool_recycle,
        pool_pre_ping=options.pool_pre_ping,
        json_serializer=as_json,
        # Errors are logged; the values in them are people's data.
        hide_parameters=True,
        connect_args={**arguments, **({"prepared_statement_cache_size": 0} if pooled else {})},
        # Named in each statement: a search path would be the session's, which a pooler may give to somebody else.
        execution_options=within_schema(options.schema),
    )

    async def connect() -> Connection:
        return await asyncpg.connect(
            url.set(drivername="postgresql").render_as_string(hide_password=False), **arguments
        )

    pool = Pool(
        connect,
        size=options.pool_size + options.max_overflow,
        timeout=options.pool_timeout,
        lifetime=options.pool_recycle,
    )
    return Database(
        engine,
        PostgresReads(pool, options.schema, in_transaction=pooled),
        PostgresWrites(pool, options.schema, in_transaction=pooled),
        options.schema,
    )


def _open_sqlite(url: URL, options: DatabaseOptions) -> Database:
    anchor = None
    if url.database in (None, "", ":memory:"):
        # SQLite's own shared memory file system lets several connections see one database.
        name = next(_memory_names)
        url = url.set(database=name).update_query_dict({"vfs": "memdb", "uri": "true"})
        # It is gone with the last of them, and a cancelled unit of work closes its own.
        anchor = sqlite3.connect(f"{name}?vfs=memdb", uri=True, check_same_thread=False)
    engine = create_async_engine(
        url,
        # One writer at a time: the others wait here for their turn, not in the database for a lock.
        pool_size=1,
        max_overflow=0,
        pool_timeout=options.pool_timeout,
        json_serializer=as_json,
        # Errors are logged; the values in them are people's data.
        hide_parameters=True,
        connect_args={"timeout": options.pool_timeout, "isolation_level": None, "factory": _Connection},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    arguments, keywords = engine.dialect.create_connect_args(url)

    async def connect() -> aiosqlite.Connection:
        return await aiosqlite.connect(*arguments, **keywords, timeout=options.pool_timeout, isolation_level=None)

    return Database(engine, SqliteReads(connect), anchor=anchor)


class _Connection(sqlite3.Connection):
    """Ends its transaction when it is closed.

    SQLite itself waits for the last statement to be let go, and that of a cancelled unit of work may be held
    for long: nobody else could write meanwhile.
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
    # A unit of work means to write: taking the lock at once, it cannot fail half-way for want of it.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _tls(mode: str, ca: str | None) -> ssl.SSLContext | str:
    if mode == "verify-full":
        return ssl.create_default_context(cafile=ca)
    return mode
