"""Expressions that PostgreSQL has natively, with equivalent SQLite variants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Dialect,
    Integer,
    Numeric,
    Text,
    Uuid,
    bindparam,
    case,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from adapters.sql.kit.types import Moment, UuidArray


def not_before(now: datetime, column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """Now, or the time in the column if that is later: the domain's `not_before`, for statements on many rows."""
    moment = literal(now, column.type)
    return case((column > moment, column), else_=moment)


class _List(TypeDecorator[Sequence[Any]]):
    """Values passed as one parameter: a text array on PostgreSQL, a JSON array on SQLite.

    Texts, since asyncpg would ask the database about the type of an id array once for each connection.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return list(map(str, value))
        return json.dumps([_as_json(item) for item in value])


def _as_json(item: Any) -> Any:
    """As SQLite stores it."""
    return item.hex if isinstance(item, UUID) else item.isoformat() if isinstance(item, date) else item


class any_of(FunctionElement[bool]):  # noqa: N801
    """Whether the column is one of the values in the parameter `name`, however many they are."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=_List()))


_ARRAYS: dict[type[TypeEngine[Any]], str] = {
    Uuid: "UUID",
    Numeric: "NUMERIC",
    Date: "DATE",
    BigInteger: "BIGINT",
    CHAR: "BPCHAR",
}
"""What the texts of a list become on PostgreSQL, by the type of the column: the index is only used for the same one."""


@compiles(any_of, "postgresql")
def _any_of_postgresql(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    given = compiler.process(values, **kw)
    kind = next((name for kind, name in _ARRAYS.items() if isinstance(column.type, kind)), None)
    if kind is not None:
        given = f"CAST({given} AS {kind}[])"
    return f"{compiler.process(column, **kw)} = ANY ({given})"


@compiles(any_of, "sqlite")
def _any_of_sqlite(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(values, **kw)}))"


class among(FunctionElement[bool]):  # noqa: N801
    """Whether the column is one of those in the array column."""

    type = Boolean()
    inherit_cache = True


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, array = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY ({array})"


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, array = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({array}))"


class joined_texts(FunctionElement[str]):  # noqa: N801
    """All texts of the column with commas between them, in any order; NULL if there are none."""

    type = Text()
    inherit_cache = True


@compiles(joined_texts, "postgresql")
def _joined_postgresql(element: joined_texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, ',')"


@compiles(joined_texts, "sqlite")
def _joined_sqlite(element: joined_texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)}, ',')"


class as_texts(FunctionElement[tuple[UUID, ...]]):  # noqa: N801
    """The ids of an array as texts: asyncpg would ask the database about `uuid[]` once for each connection."""

    type = UuidArray()
    inherit_cache = True


@compiles(as_texts, "postgresql")
def _as_texts_postgresql(element: as_texts, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS text[])"


@compiles(as_texts, "sqlite")
def _as_texts_sqlite(element: as_texts, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


class has_one_of(FunctionElement[bool]):  # noqa: N801
    """Whether the text array contains one of the texts in the parameter `name`."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=_List()))


@compiles(has_one_of, "postgresql")
def _has_one_of_postgresql(element: has_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, items = (compiler.process(clause, **kw) for clause in element.clauses)
    # Unlike `= ANY (column)`, it can use the GIN index.
    return f"{column} && CAST({items} AS text[])"


@compiles(has_one_of, "sqlite")
def _has_one_of_sqlite(element: has_one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, items = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value IN (SELECT value FROM json_each({items})))"


class _Words(TypeDecorator[Sequence[str]]):
    """Words passed as one parameter: patterns for LIKE on PostgreSQL, a JSON array on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return [_pattern(word) for word in value] if dialect.name == "postgresql" else json.dumps(value)


def _pattern(word: str) -> str:
    literal_word = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal_word}%"


class has_words(FunctionElement[bool]):  # noqa: N801
    """Whether the text contains each of the words in the parameter `name`, as `typography.mentions` defines it."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, text: ColumnElement[Any], name: str) -> None:
        super().__init__(text, bindparam(name, type_=_Words()))


@compiles(has_words, "postgresql")
def _has_words_postgresql(element: has_words, compiler: SQLCompiler, **kw: Any) -> str:
    text, words = (compiler.process(clause, **kw) for clause in element.clauses)
    # Within CASE, PostgreSQL does not guess that hardly any row has the words, and reads a list in its order until the
    # page is full, instead of reading and sorting all rows that have common words.
    return f"CASE WHEN ({text}) LIKE ALL (CAST({words} AS text[])) THEN true ELSE false END"


@compiles(has_words, "sqlite")
def _has_words_sqlite(element: has_words, compiler: SQLCompiler, **kw: Any) -> str:
    text, words = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"NOT EXISTS (SELECT 1 FROM json_each({words}) WHERE instr({text}, value) = 0)"


class utc_day(FunctionElement[date]):  # noqa: N801
    """The UTC date of the time in the column."""

    type = Date()
    inherit_cache = True


@compiles(utc_day, "postgresql")
def _utc_day_postgresql(element: utc_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AT TIME ZONE 'UTC' AS DATE)"


@compiles(utc_day, "sqlite")
def _utc_day_sqlite(element: utc_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)})"


class minutes_before(FunctionElement[datetime]):  # noqa: N801
    """The time so many minutes before another one; NULL if the number is."""

    type = Moment()
    inherit_cache = True


@compiles(minutes_before, "postgresql")
def _minutes_before_postgresql(element: minutes_before, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({moment} - make_interval(mins => {minutes}))"


@compiles(minutes_before, "sqlite")
def _minutes_before_sqlite(element: minutes_before, compiler: SQLCompiler, **kw: Any) -> str:
    # Minutes do not change the seconds, of which SQLite would keep three decimals only.
    moment, minutes = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(strftime('%Y-%m-%d %H:%M:', {moment}, '-' || {minutes} || ' minutes') || substr({moment}, 18))"


class merged(FunctionElement[Any]):  # noqa: N801
    """The first document updated with the members of the second: `||` on PostgreSQL."""

    inherit_cache = True


@compiles(merged, "postgresql")
def _merged_postgresql(element: merged, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({first} || {second})"


@compiles(merged, "sqlite")
def _merged_sqlite(element: merged, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_patch({first}, {second})"


class members(FunctionElement[int]):  # noqa: N801
    """The number of members of the document."""

    type = Integer()
    inherit_cache = True


@compiles(members, "postgresql")
def _members_postgresql(element: members, compiler: SQLCompiler, **kw: Any) -> str:
    (document,) = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(SELECT count(*) FROM jsonb_object_keys({document}))"


@compiles(members, "sqlite")
def _members_sqlite(element: members, compiler: SQLCompiler, **kw: Any) -> str:
    (document,) = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(SELECT count(*) FROM json_each({document}))"


class holds(FunctionElement[bool]):  # noqa: N801
    """Whether the first document has every member of the second: `@>` on PostgreSQL, which can use the GIN index."""

    type = Boolean()
    inherit_cache = True


@compiles(holds, "postgresql")
def _holds_postgresql(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{first} @> CAST({second} AS JSONB)"


@compiles(holds, "sqlite")
def _holds_sqlite(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    # Merging members that exist already changes nothing.
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_patch({first}, {second}) = json({first})"
