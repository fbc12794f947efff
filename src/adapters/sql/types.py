"""Column types and expressions that PostgreSQL has natively, with SQLite variants that behave the same."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import JSON, Boolean, ColumnElement, DateTime, Dialect, Enum, String, Text, Uuid, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from adapters.documents import Document


class Moment(TypeDecorator[datetime]):
    """A point in time: `timestamptz` on PostgreSQL, UTC text on SQLite; aware and in UTC in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class TextArray(TypeDecorator[tuple[str, ...]]):
    """Several texts: `text[]` on PostgreSQL, a JSON array on SQLite; a tuple in Python."""

    impl = ARRAY(Text)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return None if value is None else list(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value or ())


class Stored(TypeDecorator[Any]):
    """A document: `jsonb` on PostgreSQL, JSON text on SQLite; validated on its way in and out.

    For columns that are not nullable: JSON's own `null` is no document, and looks like NULL here.
    """

    impl = JSONB
    cache_ok = True

    def __init__(self, document: Document[Any]) -> None:
        super().__init__()
        self.document = document

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return self.document.dump(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return self.document.load(value)


class Unopened(TypeDecorator[msgspec.Raw]):
    """A document read as the bytes of its JSON, to be passed on without being parsed."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> msgspec.Raw | None:
        return None if value is None else msgspec.Raw(value)


class IpAddress(TypeDecorator[str]):
    """An IPv4 or IPv6 address: `inet` on PostgreSQL, text on SQLite; text in Python."""

    impl = INET
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(INET() if dialect.name == "postgresql" else String(45))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(ipaddress.ip_address(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


def choice(of: type[StrEnum], name: str) -> Enum:
    """One of the enumeration's values, as text that a check constraint guards."""
    values = [member.value for member in of]
    return Enum(of, name=name, native_enum=False, create_constraint=True, length=20, values_callable=lambda _: values)


class new_uuid(FunctionElement[UUID]):  # noqa: N801  # reads as the SQL function it is
    """A random UUID made by the database: the default behind the ids that the application gives."""

    inherit_cache = True


class now_utc(FunctionElement[datetime]):  # noqa: N801
    """The present moment by the database's clock."""

    inherit_cache = True


class empty_array(FunctionElement[tuple[str, ...]]):  # noqa: N801
    """A text array without items."""

    inherit_cache = True


@compiles(empty_array, "postgresql")
def _empty_array_postgresql(element: empty_array, compiler: SQLCompiler, **kw: Any) -> str:
    return "'{}'"


@compiles(empty_array, "sqlite")
def _empty_array_sqlite(element: empty_array, compiler: SQLCompiler, **kw: Any) -> str:
    return "'[]'"


@compiles(new_uuid, "postgresql")
def _new_uuid_postgresql(element: new_uuid, compiler: SQLCompiler, **kw: Any) -> str:
    return "gen_random_uuid()"


@compiles(new_uuid, "sqlite")
def _new_uuid_sqlite(element: new_uuid, compiler: SQLCompiler, **kw: Any) -> str:
    return "(lower(hex(randomblob(16))))"


@compiles(now_utc, "postgresql")
def _now_postgresql(element: now_utc, compiler: SQLCompiler, **kw: Any) -> str:
    return "now()"


@compiles(now_utc, "sqlite")
def _now_sqlite(element: now_utc, compiler: SQLCompiler, **kw: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


class _List(TypeDecorator[Sequence[Any]]):
    """Values passed as one parameter: an array on PostgreSQL, a JSON array on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value if value is None else list(value)
        return json.dumps([item.hex if isinstance(item, UUID) else item for item in value])


class any_of(FunctionElement[bool]):  # noqa: N801
    """The column is one of the values in the parameter `name`, however many they are."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        of = Uuid() if isinstance(column.type, Uuid) else Text()
        super().__init__(column, bindparam(name, type_=_List(of)))


@compiles(any_of, "postgresql")
def _any_of_postgresql(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


@compiles(any_of, "sqlite")
def _any_of_sqlite(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(values, **kw)}))"


class has_item(FunctionElement[bool]):  # noqa: N801
    """The text array holds the text in the parameter `name`."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=Text()))


@compiles(has_item, "postgresql")
def _has_item_postgresql(element: has_item, compiler: SQLCompiler, **kw: Any) -> str:
    column, item = element.clauses
    # Containment, unlike `= ANY (column)`, can use the GIN index.
    return f"{compiler.process(column, **kw)} @> CAST(ARRAY[{compiler.process(item, **kw)}] AS text[])"


@compiles(has_item, "sqlite")
def _has_item_sqlite(element: has_item, compiler: SQLCompiler, **kw: Any) -> str:
    column, item = element.clauses
    return f"{compiler.process(item, **kw)} IN (SELECT value FROM json_each({compiler.process(column, **kw)}))"


class merged(FunctionElement[Any]):  # noqa: N801
    """The first document with the members of the second put in: `||` on PostgreSQL."""

    inherit_cache = True


@compiles(merged, "postgresql")
def _merged_postgresql(element: merged, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({first} || {second})"


@compiles(merged, "sqlite")
def _merged_sqlite(element: merged, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_patch({first}, {second})"


class holds(FunctionElement[bool]):  # noqa: N801
    """The first document holds every member of the second: `@>` on PostgreSQL, which can use the GIN index."""

    type = Boolean()
    inherit_cache = True


@compiles(holds, "postgresql")
def _holds_postgresql(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{first} @> CAST({second} AS JSONB)"


@compiles(holds, "sqlite")
def _holds_sqlite(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    # Putting in what is there already changes nothing.
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_patch({first}, {second}) = json({first})"
