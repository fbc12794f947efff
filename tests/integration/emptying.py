"""Emptying the databases that tests share, before each of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import Table

from adapters.sql.kit.append_only import expected_triggers
from adapters.sql.kit.engine import database_url
from integration.backends import metadata, spelled

LOST = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError, OSError)
"""How a connection fails that a test has ended, as it ends those of others."""


def restored(template: Path, path: Path) -> None:
    """Put the content of one SQLite file into another one, which stays open where it is."""
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(path)) as target:
        # Nothing here needs to survive a power failure.
        target.execute("PRAGMA synchronous = OFF")
        source.backup(target)


@contextmanager
def emptying(url: str) -> Iterator[Callable[[], None]]:
    """A function that deletes all rows at the URL, whichever thread or event loop calls it.

    It keeps its connection, where the statements are planned already: a new one would take ten times as long.
    """
    emptier = _Emptier(url)
    # A connection belongs to one event loop, and each test has another one.
    with ThreadPoolExecutor(1) as thread, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        yield lambda: thread.submit(runner.run, emptier.empty()).result()
        thread.submit(runner.run, emptier.close()).result()


class _Emptier:
    def __init__(self, url: str) -> None:
        self._url = spelled(database_url(url).set(drivername="postgresql"))
        self._connection: asyncpg.Connection | None = None

    async def empty(self) -> None:
        try:
            await self._empty()
        except LOST:
            self._connection = None
            await self._empty()

    async def _empty(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url, server_settings=SETTINGS)
            await self._connection.execute(EMPTY)
        await self._connection.execute("SELECT pg_temp.empty()")

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()  # whether or not a test has ended it


SETTINGS = {
    "search_path": "training",
    "lock_timeout": "10s",
    # A replica checks no foreign keys.
    "session_replication_role": "replica",
}


def _emptied(table: Table) -> Iterator[str]:
    """Statements that empty the table. Truncating every table takes seventy times as long."""
    protected = expected_triggers(table, "postgresql")
    yield f"IF EXISTS (SELECT FROM {table.name}) THEN"
    yield from (f"ALTER TABLE {table.name} DISABLE TRIGGER {name};" for name in protected)
    yield f"DELETE FROM {table.name};"  # noqa: S608  # our own words
    yield from (f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {name};" for name in protected)
    yield from (f"ALTER TABLE {table.name} ALTER COLUMN {each.name} RESTART;" for each in table.c if each.identity)
    yield "END IF;"


# Only the owner of the tables can do this; tests need it to start with empty tables.
EMPTY = f"""CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
{" ".join(statement for table in metadata.tables.values() for statement in _emptied(table))}
IF EXISTS (SELECT FROM module_participation) THEN REFRESH MATERIALIZED VIEW module_participation; END IF;
END $$"""
