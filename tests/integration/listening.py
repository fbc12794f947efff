"""Listening to what is sent to PostgreSQL, and many rows to send it about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import event

from adapters.sql.kit.connection_places import Lanes
from adapters.sql.kit.connections import Connection
from adapters.sql.kit.engine import Database, DatabaseOptions, open_database
from adapters.sql.kit.pool import Connect, Pool
from integration.backends import SqlBackend

Query = tuple[str, tuple[Any, ...]]
"""A statement with its arguments."""

PEOPLE = """
INSERT INTO users (id, email, name_key, department, profile_metadata, created_at, updated_at)
SELECT lpad(to_hex(1000 + n), 32, '0')::uuid, 'user' || n || '@example.com', 'user' || n, 'Lab', '{}', at, at
FROM generate_series(1, :count) AS n, LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute' AS at) AS t
"""
MODULES = """
INSERT INTO training_modules (id, slug, title, title_key, tags, status, created_at, updated_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'module-' || n, 'Module ' || n, 'module ' || n, '{}',
       CASE WHEN n % 50 = 0 THEN 'draft' ELSE 'published' END, at, at
FROM generate_series(1, :count) AS n, LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute' AS at) AS t
"""


def verbs(queries: list[Query]) -> list[str]:
    """The first word of each statement; a read that begins with a query about merged users is one SELECT as well."""
    return [sql.removeprefix("WITH RECURSIVE ids(user_id) AS \n(").split()[0] for sql, _ in queries]


def listening_to_reads(sent: list[Query]) -> Callable[[DatabaseOptions], Database]:
    """Opens a database and records every statement that bypasses SQLAlchemy."""

    class Listened(Pool):
        def __init__(self, connect: Connect, **options: Any) -> None:
            async def listened() -> Connection:
                connection = await connect()
                connection.add_query_logger(lambda record: sent.append((record.query, tuple(record.args))))
                return connection

            super().__init__(listened, **options)

        @asynccontextmanager
        async def connection(self, lanes: Lanes | None = ()) -> AsyncIterator[Connection]:
            async with super().connection(lanes) as connection:
                yield connection
            await asyncio.sleep(0)  # The driver tells of a statement in the loop's next turn.

    return partial(open_database, pool=Listened)


@contextmanager
def statements(backend: SqlBackend) -> Iterator[list[str]]:
    """Whatever units send meanwhile."""
    sent: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    engine = backend.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", listen)
