"""Loads the group into a migrated database, past the commands, which would take hours for a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.kit.engine import Database
from adapters.sql.people.tables import users
from bench.group.rows import Row, Rows, offices_of, people_of
from bench.group.staff import Group

Loaded = Callable[[int], None]
"""Gets the number of people so far."""


async def load_offices(database: Database, group: Group) -> None:
    """Write the offices, and what texts mean, and nobody who works there."""
    await _load(database, [offices_of(group)], lambda people: None)


async def load(database: Database, group: Group, loaded: Loaded = lambda people: None) -> None:
    """Write the group as it is on its last day, with its history."""
    await _load(database, chain([offices_of(group)], people_of(group)), loaded)


async def _load(database: Database, parts: Iterable[Rows], loaded: Loaded) -> None:
    people = 0
    async with database.engine.connect() as connection:
        for tables in parts:
            for table, rows in tables.items():
                await _write(connection, database.schema, table, rows)
                people += len(rows) if table is users else 0
            await connection.commit()
            loaded(people)


async def _write(connection: AsyncConnection, schema: str | None, table: Table, rows: Sequence[Row]) -> None:
    if connection.dialect.name != "postgresql":
        await connection.execute(insert(table), rows)
        return
    columns = [*rows[0]]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    records = _bound(connection, table, columns, rows)
    await driver.copy_records_to_table(table.name, schema_name=schema, columns=columns, records=records)


def _bound(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> Iterator[tuple[Any, ...]]:
    """The rows with their values as the driver takes them."""
    dialect = connection.dialect
    processors = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in columns]
    for row in rows:
        yield tuple(row[name] if process is None else process(row[name]) for name, process in processors)
