"""The backends of the contract suites: SQLite in memory and in a file, and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from sqlalchemy import select, text

from adapters.sql.engine import Database, DatabaseOptions, database_url, open_database
from adapters.sql.migrating import upgrade
from adapters.sql.outbox import outbox
from adapters.sql.rooms import PORTS, READERS, map_all, metadata
from adapters.sql.units import SqlUnits
from integration.postgres import postgresql_url

T = TypeVar("T")


class SqlBackend:
    """The SQL adapters on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.units = SqlUnits(database.engine, PORTS)

    def reader(self, kind: type[T]) -> T:
        return cast(T, READERS[kind](self.database.reads))

    async def outbox(self) -> list[tuple[str, UUID, UUID | None]]:
        async with self.database.engine.connect() as connection:
            columns = (outbox.c.name, outbox.c.subject_id, outbox.c.actor_id)
            rows = await connection.execute(select(*columns).order_by(outbox.c.position))
            return [(row.name, row.subject_id, row.actor_id) for row in rows]


@pytest.fixture(scope="session", autouse=True)
def _mapped() -> None:
    map_all()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgresql_url() as url:
        yield url


async def _on_server(url: str, *statements: str) -> None:
    database = open_database(DatabaseOptions(url=url))
    try:
        async with database.engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                await free.execute(text(statement))
    finally:
        await database.close()


async def _migrated(url: str) -> None:
    database = open_database(DatabaseOptions(url=url))
    try:
        await upgrade(database.engine)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def postgresql(server: str) -> str:
    """The URL of a migrated PostgreSQL database, emptied by `empty` before each use."""
    asyncio.run(_on_server(server, "DROP DATABASE IF EXISTS unified_dental", "CREATE DATABASE unified_dental"))
    url = database_url(server).set(database="unified_dental").render_as_string(hide_password=False)
    asyncio.run(_migrated(url))
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated, empty SQLite file."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path}/test.db"


async def empty(database: Database) -> None:
    """Empty every table of a PostgreSQL database, and the views."""
    tables = ", ".join(metadata.tables)
    async with database.engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))  # our own names
        await connection.execute(text("REFRESH MATERIALIZED VIEW module_participation"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database; a test runs on each kind."""
    return cast(str, request.getfixturevalue(request.param))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    opened = open_database(DatabaseOptions(url=url))
    if opened.engine.dialect.name == "postgresql":
        await empty(opened)
    yield opened
    await opened.close()


@pytest.fixture
def backend(database: Database) -> Any:
    """The SQL adapters, for the contract suites."""
    return SqlBackend(database)
