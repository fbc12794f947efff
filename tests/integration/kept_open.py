"""Databases that stay open while the tests of a module empty them: connecting and compiling takes longer than most do.

A module imports the fixtures, and marks its tests with `IN_ONE_LOOP`.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.sql.kit.engine import Database, DatabaseOptions, open_database
from integration.backends import SqlBackend, as_service
from integration.emptying import restored

# A connection belongs to one event loop.
IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database_at() -> AsyncIterator[Callable[[str], Database]]:
    """The database at a URL, opened once."""
    opened: dict[str, Database] = {}

    def at(url: str) -> Database:
        if url not in opened:
            opened[url] = open_database(DatabaseOptions(url=url))
        return opened[url]

    yield at
    for database in opened.values():
        await database.close()


@pytest.fixture(scope="module")
def sqlite_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("contracts") / "test.db"
    shutil.copy(sqlite_template, path)
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, sqlite_file: Path) -> str:
    """The URL of a migrated, empty SQLite file."""
    restored(sqlite_template, sqlite_file)
    return f"sqlite:///{sqlite_file}"


@pytest.fixture
def backend(url: str, database_at: Callable[[str], Database], request: pytest.FixtureRequest) -> SqlBackend:
    """The SQL adapters on an empty database, on PostgreSQL as the service's role."""
    if not url.startswith("postgresql"):
        return SqlBackend(database_at(url))
    request.getfixturevalue("empty_tables")()
    return SqlBackend(database_at(as_service(url)))
