"""The read path: Core statements compiled once, run outside transactions, rows handed on without ORM objects.

A reader builds each of its statements once and keeps it; `Reads` compiles it at first use and then only
binds parameters. On PostgreSQL it runs on asyncpg's own pool, on SQLite on a connection of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import aiosqlite
import asyncpg
from sqlalchemy import ColumnElement, Dialect, Integer, Select, Uuid, bindparam, make_url, tuple_

from adapters.sql.failures import away, ended
from adapters.sql.types import Moment
from application.messages import Cursor, Page
from application.ports import StoreUnavailable

T = TypeVar("T")
Row = Sequence[Any]
Processor = Callable[[Any], Any]


class Reads(Protocol):
    """Runs a statement, always the same object for the same statement, and returns its rows."""

    async def rows(self, statement: Select[Any], **parameters: Any) -> list[Row]:
        """Raises StoreUnavailable."""

    async def close(self) -> None:
        """Give the connections back."""


class _Compiled:
    """A statement as one driver takes it: its text, its parameters in order, and what to do to its results."""

    __slots__ = ("binds", "results", "text")

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = compiled.string
        self.binds: list[tuple[str, Any, Processor | None]] = [
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        results = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns
        ]
        self.results = [(index, process) for index, process in enumerate(results) if process]

    def arguments(self, parameters: dict[str, Any]) -> list[Any]:
        values = []
        for name, default, process in self.binds:
            value = parameters.get(name, default)
            values.append(process(value) if process else value)
        return values

    def decoded(self, rows: Sequence[Row]) -> list[Row]:
        if not self.results:
            return list(rows)
        return [self._decoded(row) for row in rows]

    def _decoded(self, row: Row) -> Row:
        values = list(row)
        for index, process in self.results:
            values[index] = process(values[index])
        return values


class _Statements:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[Select[Any], _Compiled] = {}

    def compiled(self, statement: Select[Any]) -> _Compiled:
        known = self._known.get(statement)
        if known is None:
            known = self._known[statement] = _Compiled(statement, self._dialect)
        return known


class _Lost(Exception):
    """The connection broke, and the read may be repeated on another one."""


class PostgresReads:
    """Reads on asyncpg's own pool.

    `in_transaction` wraps each read in a transaction of its own, which a pooler in transaction mode needs:
    outside one it may send the parts of one statement to different servers.
    """

    def __init__(self, make_pool: Callable[[], asyncpg.Pool[Any]], *, in_transaction: bool, timeout: float) -> None:
        self._make_pool = make_pool
        self._pool: asyncpg.Pool[Any] | None = None
        self._statements = _Statements(make_url("postgresql+asyncpg://").get_dialect()())
        self._in_transaction = in_transaction
        self._timeout = timeout

    async def rows(self, statement: Select[Any], **parameters: Any) -> list[Row]:
        compiled = self._statements.compiled(statement)
        arguments = compiled.arguments(parameters)
        pool = self._pool or await self._open()
        try:
            return compiled.decoded(await self._fetch(pool, compiled.text, arguments))
        except _Lost:
            # A read is safe to repeat, and the other idle connections have likely been lost as well.
            await pool.expire_connections()
        try:
            return compiled.decoded(await self._fetch(pool, compiled.text, arguments))
        except _Lost as error:
            raise StoreUnavailable(f"the database is gone: {error}") from error

    async def _open(self) -> asyncpg.Pool[Any]:
        # A pool belongs to the event loop that it is made in, so it is made at first use.
        if self._pool is None:
            self._pool = self._make_pool()
        return await self._pool

    async def _fetch(self, pool: asyncpg.Pool[Any], text: str, arguments: list[Any]) -> list[Row]:
        try:
            async with pool.acquire(timeout=self._timeout) as connection:
                if not self._in_transaction:
                    return list(await connection.fetch(text, *arguments))
                async with connection.transaction(readonly=True):
                    return list(await connection.fetch(text, *arguments))
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
        if self._pool is not None:
            await self._pool.close()


class SqliteReads:
    """Reads on one connection of their own, which sees what is committed and no more."""

    def __init__(self, connect: Callable[[], Awaitable[aiosqlite.Connection]]) -> None:
        self._connect = connect
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._statements = _Statements(make_url("sqlite+aiosqlite://").get_dialect()())

    async def rows(self, statement: Select[Any], **parameters: Any) -> list[Row]:
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


def before(moment: ColumnElement[Any], identity: ColumnElement[Any]) -> ColumnElement[bool]:
    """What comes after the parameters `at` and `id` in a list from newest to oldest."""
    place = tuple_(bindparam("at", type_=Moment()), bindparam("id", type_=Uuid()))
    return tuple_(moment, identity) < place


def at_most() -> Any:
    """The parameter `limit`, for a page and one row more that tells whether another page follows."""
    return bindparam("limit", type_=Integer())


def place(after: Cursor | None) -> dict[str, datetime | UUID]:
    """The parameters of `before`."""
    return {} if after is None else {"at": after.at, "id": after.id}


def page_of(items: list[T], limit: int, cursor: Callable[[T], Cursor]) -> Page[T]:
    """The page from up to limit + 1 items."""
    if len(items) <= limit:
        return Page(items, None)
    del items[limit:]
    return Page(items, cursor(items[-1]))


def wildcard(q: str | None) -> dict[str, str]:
    """The parameter `q` for `LIKE ... ESCAPE '\\'` on lower-case text: the words as they are, anywhere."""
    if q is None:
        return {}
    literal = q.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"q": f"%{literal}%"}
