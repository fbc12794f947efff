"""Column types and defaults that PostgreSQL has natively, with SQLite variants that behave the same."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, String, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from adapters.documents import Document

Processor = Callable[[Any], Any]
"""Converts a driver's value to the column's Python value."""


class Moment(TypeDecorator[datetime]):
    """A point in time: `timestamptz` on PostgreSQL, UTC text on SQLite; aware and in UTC in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        # asyncpg returns aware times in UTC.
        return None if dialect.driver == "asyncpg" else super().result_processor(dialect, coltype)


class TextArray(TypeDecorator[tuple[str, ...]]):
    """Several texts: `text[]` on PostgreSQL, a JSON array on SQLite; a tuple in Python."""

    impl = ARRAY(Text)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return None if value is None else list(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        return _tuple(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        return _tuple if dialect.driver == "asyncpg" else super().result_processor(dialect, coltype)


class ChoiceArray(TextArray):
    """Several values of an enumeration, as texts."""

    cache_ok = True
    as_migrated = "TextArray"

    def __init__(self, of: type[StrEnum]) -> None:
        super().__init__()
        self.of = of

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Any, ...]:
        return tuple(map(self.of, value or ()))

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor | None:
        return TypeDecorator.result_processor(self, dialect, coltype)


class LimitArray(TypeDecorator[tuple[str, ...] | None]):
    """The texts to which something is limited, at least one; None, stored as an empty array, for no limit."""

    impl = ARRAY(Text)
    cache_ok = True
    as_migrated = "TextArray"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text) if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        return list(value or ())

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        return tuple(value) if value else None


class UuidArray(TypeDecorator[tuple[UUID, ...]]):
    """Several ids: `uuid[]` on PostgreSQL, a JSON array on SQLite, in SQLite's format of ids; a tuple in Python."""

    impl = ARRAY(Uuid)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Uuid()) if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Sequence[UUID] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value if value is None else list(value)
        return [item.hex for item in value]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[UUID, ...]:
        return tuple(item if isinstance(item, UUID) else UUID(item) for item in value or ())


class Stored(TypeDecorator[Any]):
    """A document: `jsonb` on PostgreSQL, JSON text on SQLite; validated when it is stored and when it is loaded.

    For columns that are not nullable: JSON's own `null` is not a document, and looks like NULL here.
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
        # The asyncpg connections of the reads return it as text.
        return self.document.load(msgspec.json.decode(value) if isinstance(value, str) else value)


class Unopened(TypeDecorator[msgspec.Raw]):
    """A document read as the bytes of its JSON, to be passed on without being parsed."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        return _raw


def _tuple(texts: list[str] | None) -> tuple[str, ...]:
    return tuple(texts or ())


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text)


class IpAddress(TypeDecorator[str]):
    """An IPv4 or IPv6 address: `inet` on PostgreSQL, text on SQLite; text in Python."""

    impl = INET
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(INET() if dialect.name == "postgresql" else String(45))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _address(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


class _Xid8(UserDefinedType[int]):
    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "xid8"


@lru_cache(1_024)
def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


# SQLAlchemy does not know the type when it inspects a database.
ischema_names["xid8"] = _Xid8


class TransactionId(TypeDecorator[int]):
    """The number of a transaction: `xid8` on PostgreSQL, which never wraps around; an integer on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_Xid8() if dialect.name == "postgresql" else Integer())


def choice(of: type[StrEnum], name: str) -> Enum:
    """One of the enumeration's values, as text with a check constraint."""
    values = [member.value for member in of]
    return Enum(of, name=name, native_enum=False, create_constraint=True, length=20, values_callable=lambda _: values)


class new_uuid(FunctionElement[UUID]):  # noqa: N801  # reads as the SQL function it is
    """A random UUID made by the database: the default if the application assigns no id."""

    inherit_cache = True


class now_utc(FunctionElement[datetime]):  # noqa: N801
    """The current time by the database's clock."""

    inherit_cache = True


class empty_array(FunctionElement[tuple[str, ...]]):  # noqa: N801
    """A text array without items."""

    inherit_cache = True


class ago(FunctionElement[datetime]):  # noqa: N801
    """The time that many seconds ago, by the database's clock."""

    type = Moment()
    inherit_cache = True


@compiles(ago, "postgresql")
def _ago_postgresql(element: ago, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(now() - make_interval(secs => CAST({compiler.process(element.clauses, **kw)} AS double precision)))"


@compiles(ago, "sqlite")
def _ago_sqlite(element: ago, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || {compiler.process(element.clauses, **kw)} || ' seconds')"


class current_transaction(FunctionElement[int]):  # noqa: N801
    """The number of the transaction that inserts the row; 0 on SQLite, which serializes writers."""

    inherit_cache = True


@compiles(current_transaction, "postgresql")
def _current_transaction_postgresql(element: current_transaction, compiler: SQLCompiler, **kw: Any) -> str:
    return "pg_current_xact_id()"


@compiles(current_transaction, "sqlite")
def _current_transaction_sqlite(element: current_transaction, compiler: SQLCompiler, **kw: Any) -> str:
    return "0"


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
