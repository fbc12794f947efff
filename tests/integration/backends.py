"""The SQL adapters as a backend of the contract suites, and what else a test asks of a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from sqlalchemy import URL, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.sql.kit.answers import answers
from adapters.sql.kit.discovery import all_tables, sql_adapters, sql_units
from adapters.sql.kit.engine import Database, DatabaseOptions, database_url, open_database
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.types import ago
from adapters.sql.kit.units import SqlUnit
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.handlers import discover
from application.kernel.ports import Clock, Ids
from application.kernel.reactions import discover_reactions
from application.kernel.units import Answer, IdempotencyKey, Unit
from contracts.make import T as NOW
from contracts.make import uid
from domain.kernel.roles import Role
from kit.surroundings import surroundings

T = TypeVar("T")

metadata = all_tables()

ADMIN = Actor(uid(500), Role.ADMIN)


class SqlBackend:
    """The SQL adapters on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.units = sql_units(database)
        self._ids = _CountedIds()
        self._surroundings = surroundings()
        self.on_postgresql = database.engine.dialect.name == "postgresql"

    def reader(self, kind: type[T]) -> T:
        return cast(T, sql_adapters().of_reads[kind](self.database.reads_of_queries))

    async def outbox(self) -> list[tuple[str, UUID, UUID | None]]:
        async with self.database.engine.connect() as connection:
            columns = (outbox.c.name, outbox.c.subject_id, outbox.c.actor_id)
            rows = await connection.execute(select(*columns).order_by(outbox.c.position))
            return [(row.name, row.subject_id, row.actor_id) for row in rows]

    async def actors(self) -> list[tuple[UUID | None, str]]:
        async with self.database.engine.connect() as connection:
            rows = await connection.execute(select(outbox.c.actor_id, outbox.c.actor_kind).order_by(outbox.c.position))
            return [(row.actor_id, row.actor_kind) for row in rows]

    async def hold_answer(self, key: IdempotencyKey, answer: Answer, age: timedelta) -> None:
        values = {
            "owner": key.owner,
            "key": key.value,
            "fingerprint": key.fingerprint,
            "status": answer.status,
            "headers": [list(header) for header in answer.headers],
            "body": answer.body,
            "created_at": ago(age.total_seconds()),
        }
        async with self.database.engine.begin() as connection:
            await connection.execute(insert(answers).values(values))

    def bus(self, clock: Clock | None = None, ids: Ids | None = None) -> Bus:
        """All handlers on these adapters; new ids count up, and the time stands still unless the clock goes on.

        Where another backend writes to the same database, one of them needs other `ids`.
        """
        still: dict[type, Any] = {
            Clock: clock or _StillClock(),
            Ids: ids or self._ids,
            **self._surroundings,
        }

        def resolve(kind: type) -> Any:
            return still[kind] if kind in still else self.reader(kind)

        return Bus(discover(), self.units, resolve, discover_reactions())

    async def sql(self, statement: str, **parameters: Any) -> list[Any]:
        """Run plain SQL in a transaction of its own; the rows, if there are any."""
        async with self.database.engine.begin() as connection:
            if self.database.schema:
                # Ours finds its tables without it.
                await connection.execute(text(f"SET LOCAL search_path = {self.database.schema}, pg_temp"))
            result = await connection.execute(text(statement), parameters)
            return list(result.all()) if result.returns_rows else []


class _StillClock:
    def now(self) -> datetime:
        return NOW


class _CountedIds:
    def __init__(self) -> None:
        self._last = 5_000_000

    def new(self) -> UUID:
        self._last += 1
        return uid(self._last)


@asynccontextmanager
async def opened(
    url: str | URL, open_with: Callable[[DatabaseOptions], Database] = open_database, /, **options: Any
) -> AsyncIterator[SqlBackend]:
    """The SQL adapters on the database at the URL, with options of DatabaseOptions."""
    database = open_with(DatabaseOptions(url=spelled(url), **options))
    try:
        yield SqlBackend(database)
    finally:
        await database.close()


def spelled(url: str | URL) -> str:
    """The URL as text, its password included."""
    return url if isinstance(url, str) else url.render_as_string(hide_password=False)


async def on_server(server: str, *statements: str) -> None:
    """Run statements on the server, outside any transaction."""
    async with opened(server) as backend, backend.database.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await free.execute(text(statement))


async def created(server: str, name: str, template: str = "template1") -> str:
    """The URL of a new database of this name, replacing any existing one: empty, or a copy of the template."""
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    await on_server(server, drop, f"CREATE DATABASE {name} TEMPLATE {template}")
    return spelled(database_url(server).set(database=name))


SERVICE = "unified_dental_service"
"""A role that may do what the service needs, and no more."""
PASSWORD = "of no importance"


async def role_made(server: str, name: str, rights: str = "") -> None:
    """Make a role on the server unless it is there; roles belong to all databases of a server."""
    await on_server(
        server,
        f"DO $$ BEGIN CREATE ROLE {name} {rights}; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$",
    )


def as_service(url: str) -> str:
    """The URL of the same database for the role that the service runs as."""
    return spelled(database_url(url).set(username=SERVICE, password=PASSWORD))


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Wait for something that another process does, ten seconds at most."""
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(0.005)


WAITING = "wait_event_type = 'Lock'"
"""Of connections in pg_stat_activity: those that wait for another transaction."""


async def waiting_for_locks(backend: SqlBackend) -> int:
    """How many transactions of this PostgreSQL database wait for another one."""
    rows = await backend.sql(
        f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {WAITING}"  # noqa: S608  # our own words
    )
    return int(rows[0][0])


async def session_of(unit: Unit) -> AsyncSession:
    """The unit's session, for what no port offers."""
    return await cast(SqlUnit, unit).session()


async def end_connections(backend: SqlBackend, where: str = "true") -> None:
    """End the connections of others to this PostgreSQL database, and wait until they have ended."""
    await backend.sql(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"  # noqa: S608  # our own words
        f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
    )


def url_of_its_own(request: pytest.FixtureRequest, folder: Path, name: str) -> str:
    """The URL of an empty database that no other test uses: a file in the folder, or of this name on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{folder}/old.db"
    return asyncio.run(created(request.getfixturevalue("server"), name))
