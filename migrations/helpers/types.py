"""Column types and defaults as migrations write them: native on PostgreSQL, with variants on SQLite."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, INET
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType


class Moment(TypeDecorator[datetime]):
    """A point in time: `timestamptz` on PostgreSQL, UTC text on SQLite; aware and in UTC in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


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


class UuidArray(TypeDecorator[tuple[UUID, ...]]):
    """Several ids: `uuid[]` on PostgreSQL, a JSON array on SQLite, written as SQLite keeps ids; a tuple in Python."""

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


class _Xid8(UserDefinedType[int]):
    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "xid8"


class TransactionId(TypeDecorator[int]):
    """The number of a transaction: `xid8` on PostgreSQL, an integer on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_Xid8() if dialect.name == "postgresql" else Integer())


class _Default(FunctionElement[Any]):
    """What the database fills in, in the words of each."""

    inherit_cache = True
    postgresql: str
    sqlite: str


@compiles(_Default, "postgresql")
def _on_postgresql(element: _Default, compiler: SQLCompiler, **kw: Any) -> str:
    return element.postgresql


@compiles(_Default, "sqlite")
def _on_sqlite(element: _Default, compiler: SQLCompiler, **kw: Any) -> str:
    return element.sqlite


class new_uuid(_Default):  # noqa: N801  # reads as the SQL function it is
    """A random UUID."""

    inherit_cache = True
    postgresql = "gen_random_uuid()"
    sqlite = "(lower(hex(randomblob(16))))"


class now_utc(_Default):  # noqa: N801
    """The present moment by the database's clock."""

    inherit_cache = True
    postgresql = "now()"
    sqlite = "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


class clock_now(_Default):  # noqa: N801
    """The present moment by the database's clock, later within one transaction."""

    inherit_cache = True
    postgresql = "clock_timestamp()"
    sqlite = "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"


class empty_array(_Default):  # noqa: N801
    """An array without items."""

    inherit_cache = True
    postgresql = "'{}'"
    sqlite = "'[]'"


class current_transaction(_Default):  # noqa: N801
    """The number of the transaction that inserts the row; 0 on SQLite, where writers take turns."""

    inherit_cache = True
    postgresql = "pg_current_xact_id()"
    sqlite = "0"
