"""The write path in one statement: new rows of any tables, written on the pool of the reads without a transaction.

One statement is a transaction by itself. The rows of each table are sent as one JSON parameter, so that the text
depends only on the tables and not on the number of rows: it is composed and compiled once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    Table,
    TypeDecorator,
    bindparam,
    func,
    insert,
    literal_column,
    make_url,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapper

from adapters.documents import as_json
from adapters.sql.kit.failures import Failure, RetryUnit, broken, failure, tell
from adapters.sql.kit.mapping import mapper_of
from adapters.sql.kit.pool import Pool
from adapters.sql.kit.reads import Compiled, Statements, transaction
from adapters.sql.kit.schema import derivations
from adapters.sql.kit.types import Moment
from application.kernel.units import StoreUnavailable

Rows = dict[Table, list[dict[str, Any]]]
"""The rows to insert: for each table, rows by column name. The database fills columns with a default that all rows of a
table omit.
"""

_make_dialect: Any = make_url("postgresql+asyncpg://").get_dialect()
POSTGRESQL: Dialect = _make_dialect(json_serializer=as_json)


@dataclass(frozen=True, slots=True)
class Guard:
    """The facts that a decision depends on: the condition compares them with the parameters, which are the facts seen.

    Keep it in a constant, separate from the parameters, so that it is compiled once.
    """

    condition: ColumnElement[bool]
    parameters: dict[str, Any]


class PostgresWrites:
    """Writes on the pool of the reads.

    Behind a pooler in transaction mode each write is wrapped in a transaction, which begins by setting its `limits`.
    """

    def __init__(self, pool: Pool, schema: str, *, pooled: bool = False, limits: str = "") -> None:
        self._pool = pool
        self._schema = schema
        self._statements = Statements(POSTGRESQL, schema)
        self._pooled = pooled
        self._begin = f"BEGIN; {limits}"

    async def write(self, rows: Rows, guard: Guard | None) -> None:
        """Write all of these or, if this raises, none.

        Raises RetryUnit, also if the guard no longer holds, the domain's error for a violated constraint, and
        StoreUnavailable, after which the rows may have been written if the connection was lost.
        """
        given = tuple((table, _names(table, some)) for table, some in rows.items())
        condition = None if guard is None else guard.condition
        compiled = self._statements.compiled(_statement(self._schema, given, condition))
        parameters = {} if guard is None else dict(guard.parameters)
        for table, some in rows.items():
            parameters[table.name] = _plain(table, some)
        try:
            holds = await self._sent(compiled, compiled.arguments(parameters))
        except Exception as error:
            if meaning := broken(getattr(error, "constraint_name", None)):
                raise meaning from error
            if failure(error) in (Failure.ROLLED_BACK, Failure.UNSENT):
                raise RetryUnit(type(error).__name__) from error
            if failure(error) is Failure.LOST:
                # It may have been committed: a retry could execute it twice.
                raise StoreUnavailable("the connection was lost while committing") from error
            tell(error)
        if not holds:
            raise RetryUnit("the facts have changed")

    async def _sent(self, compiled: Compiled, arguments: list[Any]) -> bool:
        async with self._pool.connection(compiled.lanes) as connection:
            if not self._pooled:
                return bool((await connection.fetch(compiled.text, *arguments))[0][0])
            async with transaction(connection, self._begin):
                return bool((await connection.fetch(compiled.text, *arguments))[0][0])


def inserted_together(schema: str | None, rows: Rows) -> tuple[Select[Any], dict[str, Any]]:
    """A statement that inserts the rows of all these tables, with its parameters. For PostgreSQL."""
    given = tuple((table, _names(table, some)) for table, some in rows.items())
    return _statement(str(schema), given, None), {table.name: _plain(table, some) for table, some in rows.items()}


def _names(table: Table, rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """The columns for which the rows have values."""
    names = rows[0].keys()
    if any(row.keys() != names for row in rows):
        raise ValueError(f"the new rows of {table.name} differ in their columns")
    return tuple(names)


@cache
def _statement(
    schema: str, tables: tuple[tuple[Table, tuple[str, ...]], ...], condition: ColumnElement[bool] | None
) -> Select[Any]:
    """Insert into these columns of all these tables if the condition holds; returns whether it does."""
    holds = true() if condition is None else select(condition.label("holds")).cte("guard").c.holds
    statement = select(holds)
    for table, names in tables:
        given = func.json_populate_recordset(
            literal_column(f'NULL::"{schema}".{table.name}'), bindparam(table.name, type_=JSON())
        ).table_valued(*names)
        chosen = select(given)
        if condition is not None:
            chosen = chosen.where(select(holds).scalar_subquery())
        filled = insert(table).from_select(list(names), chosen, include_defaults=False)
        statement = statement.add_cte(filled.cte(f"new_{table.name}"))
    return statement


def _plain(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as JSON data, each value checked and converted by the type of its column."""
    turned = [(name, turn) for name, turn in _turned(table) if name in rows[0]]
    return [row | {name: turn(row[name], POSTGRESQL) for name, turn in turned} for row in rows]


@cache
def _turned(table: Table) -> list[tuple[str, Callable[[Any, Dialect], Any]]]:
    # Moments are JSON as they are, with their offset.
    return [
        (column.name, column.type.process_bind_param)
        for column in table.c
        if isinstance(column.type, TypeDecorator) and not isinstance(column.type, Moment)
    ]


def add_rows(rows: Rows, aggregate: object) -> None:
    """Add the rows of a new aggregate and its parts, as the mapper would insert them."""
    _add(rows, aggregate, {})


def _add(rows: Rows, instance: Any, references: dict[str, Any]) -> None:
    shape = _shape(cast(Hashable, type(instance)))
    values = vars(instance)
    # The part itself has neither the id of its owner nor the values that the database assigns.
    row = {name: values.get(attribute) for name, attribute in shape.attributes}
    for name, attribute in shape.with_default:
        if attribute in values:
            row[name] = values[attribute]
    row |= references
    for name, derive in shape.derived.items():
        row[name] = derive(instance)
    rows.setdefault(shape.table, []).append(row)
    for attribute, keys in shape.owned:
        for part in values[attribute]:
            _add(rows, part, {remote: row[local] for local, remote in keys})


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a class is mapped: columns with their attributes and whether the database has a default for them, how to
    compute derived columns, and its parts with the columns that refer to it.
    """

    table: Table
    attributes: list[tuple[str, str]]
    with_default: list[tuple[str, str]]
    derived: dict[str, Callable[[Any], str | None]]
    owned: list[tuple[str, list[tuple[str, str]]]]


@cache
def _shape(cls: Any) -> _Shape:
    mapper: Mapper[Any] = mapper_of(cls)
    columns = [(property.columns[0], property.key) for property in mapper.column_attrs]
    return _Shape(
        cast(Table, mapper.local_table),
        [(column.name, key) for column, key in columns if column.server_default is None],
        [(column.name, key) for column, key in columns if column.server_default is not None],
        derivations(cast(Table, mapper.local_table)),
        [
            (relation.key, [(local.name, remote.name) for local, remote in relation.local_remote_pairs])
            for relation in mapper.relationships
        ],
    )
