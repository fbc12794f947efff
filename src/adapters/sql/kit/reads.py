"""The read path: Core statements, compiled once and run outside transactions, with plain rows instead of ORM objects.

A reader creates each of its statements once; `Reads` compiles it at first use and then only binds parameters.
PostgreSQL has a separate pool for reads, SQLite a separate connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn, Protocol

import aiosqlite
import asyncpg
from sqlalchemy import Dialect, Enum, Float, FromClause, Select, Table, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine

from adapters.sql.kit.connection_places import URGENT, Lanes
from adapters.sql.kit.connections import Connection
from adapters.sql.kit.failures import Failure, Overdue, ended, failure, tell
from adapters.sql.kit.missing_grants import lacking
from adapters.sql.kit.packing import beside, packing, unpacked
from adapters.sql.kit.pool import Pool
from adapters.sql.kit.row_memo import Made, RowMemo
from adapters.sql.kit.schema import within_schema
from adapters.sql.kit.types import Processor, Stored
from application.kernel.units import StoreWithoutRights

Row = Sequence[Any]
Beside = dict[str, Any]

MOST_COMPILED = 2_000
"""Statements that are kept in compiled form. Lists have one for each combination of filters and orders in use."""

REPEATABLE = frozenset((Failure.LOST, Failure.UNSENT, Failure.ROLLED_BACK))
"""Failures after which a read is repeated once."""


class Reads(Protocol):
    """Runs a statement and returns its rows; the same statement must always be the same object."""

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        """Raises StoreUnavailable."""

    async def made(
        self, statement: Select[Any], make: Callable[[Row], Made], **parameters: Any
    ) -> tuple[list[Made], Sequence[Beside]]:
        """The result of the function for each row, and the columns of each row that are `beside` those of the item.

        The function must depend only on the row, so that its results can be cached, and all statements with the same
        function must select the same columns. Raises StoreUnavailable.
        """

    async def close(self) -> None:
        """Close the connections."""


class Compiled:
    """A statement for one driver: its text, its parameters in order, and the processors of its results.

    If it is `packing` its rows, the processors apply to the unpacked columns.
    """

    __slots__ = ("beside", "binds", "lanes", "results", "text", "width")

    def __init__(self, statement: Select[Any], dialect: Dialect, schema: str | None, *, packs: bool = False) -> None:
        compiled = (packing(statement) if packs else statement).compile(
            dialect=dialect, render_schema_translate=schema is not None, **within_schema(schema)
        )
        self.text = compiled.string
        self.lanes: Lanes | None = _lanes(statement)
        self.binds: list[tuple[str, Any, Processor | None]] = [
            (name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        results = [_decoder(column.type.dialect_impl(dialect), dialect) for column in statement.selected_columns]
        self.results = [(index, process) for index, process in enumerate(results) if process]
        self.beside = [str(column.key) for column in beside(statement)]
        self.width = len(results) - len(self.beside)

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

    def opened(self, packed_row: bytes) -> Row:
        row = unpacked(packed_row)
        for index, process in self.results:
            if index < self.width:
                row[index] = process(row[index])
        return row

    def columns_beside(self, rows: Sequence[Row]) -> Sequence[Beside]:
        """The columns beside those of the items, which are the last ones."""
        if not self.beside:
            return ()
        return [dict(zip(self.beside, row[-len(self.beside) :], strict=True)) for row in rows]


def urgent(statement: Select[Any]) -> Select[Any]:
    """For reads that every request waits for: they may use the reserved connections."""
    return statement.execution_options(urgent=True)


def on_replica(statement: Select[Any]) -> Select[Any]:
    """For lists and reports: they may be read from a replica. Never for authentication, or for facts of a decision."""
    return statement.execution_options(on_replica=True)


def may_use_replica(statement: Select[Any]) -> bool:
    """Whether `on_replica` has declared this."""
    return bool(statement.get_execution_options().get("on_replica"))


def _lanes(statement: Select[Any]) -> Lanes | None:
    """The tables that the statement names: a lock on one of them must not block statements on others."""
    if statement.get_execution_options().get("urgent"):
        return URGENT
    return tuple(sorted({part.fullname for part in iterate(statement) if isinstance(part, Table)}))


def _decoder(column_type: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """The processor of a driver's value; None if it is used unchanged."""
    if isinstance(column_type, Enum):
        # SQLAlchemy's own needs two calls instead of one lookup.
        return {None: None, **{member.value: member for member in column_type.enum_class or ()}}.__getitem__
    if isinstance(column_type, Float):
        # Both drivers return floats as floats; SQLAlchemy's own would query the server's name of the type.
        return None
    process = column_type.result_processor(dialect, None)
    if process is not None and isinstance(column_type, Stored):
        # Its columns are not nullable, but an outer join without a match has NULL there.
        return lambda value: None if value is None else process(value)
    return process


class Statements:
    """Statements in the form that one dialect's driver takes, compiled at first use, with the schema if any."""

    def __init__(self, dialect: Dialect, schema: str | None = None, *, packs: bool = False) -> None:
        self._dialect = dialect
        self._schema = schema
        self._packs = packs
        self._known: dict[Select[Any], Compiled] = {}

    def compiled(self, statement: Select[Any]) -> Compiled:
        known = self._known.get(statement)
        if known is None:
            if len(self._known) >= MOST_COMPILED:
                self._known.clear()
            known = self._known[statement] = Compiled(statement, self._dialect, self._schema, packs=self._packs)
        return known


class PostgresReads:
    """Reads on a separate pool, without SQLAlchemy's execution.

    A pooler in transaction mode may send the parts of one statement to different servers outside of a transaction, so
    there each read is wrapped in one, which begins by setting its `limits`. `before` is called with the connection
    before each statement.
    """

    def __init__(
        self,
        pool: Pool,
        schema: str,
        *,
        pooled: bool = False,
        limits: str = "",
        memo: RowMemo | None = None,
        before: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self.memo = memo or RowMemo()
        self._pool = pool
        self._before = before
        dialect = make_url("postgresql+asyncpg://").get_dialect()()
        self._statements = Statements(dialect, schema)
        self._packing = Statements(dialect, schema, packs=True)
        self._pooled = pooled
        self._begin = f"BEGIN READ ONLY; {limits}"

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        compiled = self._statements.compiled(statement)
        return compiled.decoded(await self._fetched(compiled, parameters))

    async def made(
        self, statement: Select[Any], make: Callable[[Row], Made], **parameters: Any
    ) -> tuple[list[Made], Sequence[Beside]]:
        compiled = self._packing.compiled(statement)
        fetched = await self._fetched(compiled, parameters)
        made = self.memo.of(make, [row[0] for row in fetched], lambda row: make(compiled.opened(row)))
        return made, compiled.columns_beside(fetched)

    async def _fetched(self, compiled: Compiled, parameters: dict[str, Any]) -> Sequence[Row]:
        arguments = compiled.arguments(parameters)
        try:
            return await self._fetch(compiled, arguments)
        except Exception as error:
            if failure(error) not in REPEATABLE or isinstance(error, Overdue):
                _tell(error)
            # A read is safe to repeat.
            self._pool.forget_idle()
        try:
            return await self._fetch(compiled, arguments)
        except Exception as error:
            _tell(error)

    async def _fetch(self, compiled: Compiled, arguments: list[Any]) -> Sequence[Row]:
        async with self._pool.connection(compiled.lanes) as connection:
            rows: Sequence[Row]
            if self._pooled:
                async with transaction(connection, self._begin):
                    if self._before is not None:
                        await self._before(connection)
                    rows = await connection.fetch(compiled.text, *arguments)
            else:
                if self._before is not None:
                    await self._before(connection)
                rows = await connection.fetch(compiled.text, *arguments)
            return rows

    async def close(self) -> None:
        await self._pool.close()


def _tell(error: Exception) -> NoReturn:
    try:
        tell(error)
    except StoreWithoutRights as denied:
        raise lacking(denied, ["SELECT"]) from error


@asynccontextmanager
async def transaction(connection: Connection, begin: str) -> AsyncIterator[None]:
    """A transaction that begins with this text, in one round trip."""
    await connection.execute(begin)
    try:
        yield
    except asyncpg.PostgresError as error:
        if not ended(error):
            await connection.execute("ROLLBACK;")
        raise
    await connection.execute("COMMIT;")


class _Hinting(SQLiteCompiler):
    """Writes the hints of statements, which SQLAlchemy does for other databases only."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


def sqlite_dialect() -> Dialect:
    """The dialect of the statements that are read."""
    dialect = make_url("sqlite+aiosqlite://").get_dialect()()
    dialect.statement_compiler = _Hinting
    return dialect


class SqliteReads:
    """Reads on one separate connection, which sees only committed data."""

    def __init__(self, connect: Callable[[], Awaitable[aiosqlite.Connection]]) -> None:
        self._connect = connect
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._statements = Statements(sqlite_dialect())

    async def rows(self, statement: Select[Any], **parameters: Any) -> Sequence[Row]:
        compiled = self._statements.compiled(statement)
        try:
            connection = self._connection or await self._open()
            rows = await connection.execute_fetchall(compiled.text, compiled.arguments(parameters))
        except Exception as error:
            tell(error)
        return compiled.decoded(list(rows))

    async def made(
        self, statement: Select[Any], make: Callable[[Row], Made], **parameters: Any
    ) -> tuple[list[Made], Sequence[Beside]]:
        rows = await self.rows(statement, **parameters)
        compiled = self._statements.compiled(statement)
        return [make(row[: compiled.width]) for row in rows], compiled.columns_beside(rows)

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                self._connection = await self._connect()
            return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
