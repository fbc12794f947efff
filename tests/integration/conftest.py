"""The backends of the contract suites: SQLite in a file, and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, settings

from adapters.sql.kit.discovery import map_all
from adapters.sql.kit.engine import Database, DatabaseOptions, open_database
from integration.backends import PASSWORD, SERVICE, SqlBackend, created, opened, role_made
from integration.emptying import emptying
from integration.postgres import postgresql_url
from kit.surroundings import migrate

# A busy machine makes examples slowly, which says nothing about the service.
settings.register_profile("integration", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("integration")


@pytest.fixture(scope="session", autouse=True)
def _mapped() -> None:
    map_all()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgresql_url() as url:
        yield url


@pytest.fixture(scope="session")
def migrated(server: str) -> str:
    """The name of a migrated PostgreSQL database that nobody writes to, to be copied."""
    name = "unified_dental_migrated"
    url = asyncio.run(created(server, name))
    asyncio.run(role_made(server, SERVICE, f"LOGIN PASSWORD '{PASSWORD}'"))
    asyncio.run(migrate(url, SERVICE))
    return name


@pytest.fixture(scope="session")
def postgresql(server: str, migrated: str) -> str:
    """The URL of a migrated PostgreSQL database, emptied by `empty` before each use."""
    return asyncio.run(created(server, "unified_dental", migrated))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated, empty SQLite file."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture(scope="session")
def empty_tables(postgresql: str) -> Iterator[Callable[[], None]]:
    """Empties every table of the database at `postgresql`, and its views."""
    with emptying(postgresql) as empty:
        yield empty


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database; a test runs on each kind."""
    return cast(str, request.getfixturevalue(request.param))


@pytest.fixture
async def database(url: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A migrated, empty database."""
    opened = open_database(DatabaseOptions(url=url))
    if opened.engine.dialect.name == "postgresql":
        request.getfixturevalue("empty_tables")()
    yield opened
    await opened.close()


@pytest.fixture
def backend(database: Database) -> SqlBackend:
    """The SQL adapters on it."""
    return SqlBackend(database)


@pytest.fixture
async def other(url: str) -> AsyncIterator[SqlBackend]:
    """The same database, by connections of its own."""
    async with opened(url) as other:
        yield other
