"""The read path: Core statements compiled once, run outside transactions, rows handed on without ORM objects.

A reader builds each of its statements once and keeps it; `Reads` compiles it at first use and then only
binds parameters. On PostgreSQL it runs on a pool of its own, on SQLite on a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import aiosqlite
import asyncpg
from sqlalchemy import Dialect, Enum, Float, Select, make_url
from sqlalchemy.types import TypeEngine

from adapters.sql.failures import away, ended
from adapters.sql.kept import Kept
from adapters.sql.pool import Pool
from adapters.sql.schema import within_schema
from adapters.sql.types import Processor
from application.units import StoreUnavailable

Row = Sequence[Any]


class Reads(Protocol):
    """Runs a statement, always the same object for the same statement, and returns its rows.

    Those who show pages of lists ask `kept` for them.
    """

    kept: Kept

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        """Raises StoreUnavailable."""

    async def close(self) -> None:
        """Give the connections back."""


class _Compiled:
    """A statement as one driver takes it: its text, its parameters in order, and what to do to its results."""

    __slots__ = ("binds", "results", "text")

    def __init__(self, statement: Select[Any], dialect: Dialect, schema: str | None) -> None:
        compiled = statement.compile(
            dialect=dialect, render_schema_translate=schema is not None, **within_schema(schema)
        )
        self.text = compiled.string
        self.binds: list[tuple[str, Any, Processor | None]] = [
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        results = [_decoder(column.type.dialect_impl(dialect), dialect) for column in statement.selected_columns]
        self.results = [(index, process) for index, process in enumerate(results) if process]

    def arguments(self, parameters: dict[str, Any]) -> list[Any]:
        values = []
        for name, default, process in self.binds:
            value = parameters.get(name, default)
            values.append(process(value) if process else value)
        return values

    def decoded(self, rows: Sequence[Row]) -> Sequence[Row]:
        decoded = [list(row) for row in rows]
        for index, process in self.results:
            for row in decoded:
                row[index] = process(row[index])
        return decoded


def _decoder(column_type: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """What a driver's value goes through, None when it is right as it comes."""
    if isinstance(column_type, Enum):
        # SQLAlchemy's own takes two calls where one look is enough.
        return {None: None, **{member.value: member for member in column_type.enum_class or ()}}.__getitem__
    if isinstance(column_type, Float):
        # Both drivers give floats as floats; SQLAlchemy's own would ask how the server calls the type.
        return None
    return column_type.result_processor(dialect, None)


class Statements:
    """Statements as one dialect's driver takes them, compiled at first use, with the tables in the schema if any."""

    def __init__(self, dialect: Dialect, schema: str | None = None) -> None:
        self._dialect = dialect
        self._schema = schema
        self._known: dict[Select[Any], _Compiled] = {}

    def compiled(self, statement: Select[Any]) -> _Compiled:
        known = self._known.get(statement)
        if known is None:
            known = self._known[statement] = _Compiled(statement, self._dialect, self._schema)
        return known


class _Lost(Exception):
    """The connection broke, and the read may be repeated on another one."""


class PostgresReads:
    """Reads on a pool of their own, past SQLAlchemy.

    `in_transaction` wraps each read in a transaction of its own, which a pooler in transaction mode needs:
    outside one it may send the parts of one statement to different servers.
    """

    def __init__(self, pool: Pool, schema: str, *, in_transaction: bool) -> None:
        self._pool = pool
        self._statements = Statements(make_url("postgresql+asyncpg://").get_dialect()(), schema)
        self._in_transaction = in_transaction
        self.kept = Kept(self.rows)

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        compiled = self._statements.compiled(statement)
        arguments = compiled.arguments(parameters)
        try:
            return compiled.decoded(await self._fetch(compiled.text, arguments))
        except _Lost:
            # A read is safe to repeat.
            self._pool.forget_idle()
        try:
            return compiled.decoded(await self._fetch(compiled.text, arguments))
        except _Lost as error:
            raise StoreUnavailable(f"the database is gone: {error}") from error

    async def _fetch(self, text: str, arguments: list[Any]) -> Sequence[Row]:
        try:
            async with self._pool.connection() as connection:
                rows: Sequence[Row]
                if not self._in_transaction:
                    rows = await connection.fetch(text, *arguments)
                else:
                    async with connection.transaction(readonly=True):
                        rows = await connection.fetch(text, *arguments)
                return rows
        except TimeoutError as error:
            raise StoreUnavailable("the database does not answer in time") from error
        except (OSError, asyncpg.InterfaceError) as error:
            if isinstance(error, ValueError):
                raise  # an argument of the wrong type: a defect of ours
            raise _Lost(type(error).__name__) from error
        except asyncpg.PostgresError as error:
            if ended(error.sqlstate):
                raise _Lost(type(error).__name__) from error
            if away(error.sqlstate):
                raise StoreUnavailable(f"the database does not answer: {type(error).__name__}") from error
            raise

    async def close(self) -> None:
        await self._pool.close()


class SqliteReads:
    """Reads on one connection of their own, which sees what is committed and no more."""

    def __init__(self, connect: Callable[[], Awaitable[aiosqlite.Connection]]) -> None:
        self._connect = connect
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._statements = Statements(make_url("sqlite+aiosqlite://").get_dialect()())
        self.kept = Kept(self.rows)

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        compiled = self._statements.compiled(statement)
        try:
            connection = self._connection or await self._open()
            rows = await connection.execute_fetchall(compiled.text, compiled.arguments(parameters))
        except aiosqlite.OperationalError as error:
            raise StoreUnavailable(f"the database does not answer: {error}") from error
        return compiled.decoded(list(rows))

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                self._connection = await self._connect()
            return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
