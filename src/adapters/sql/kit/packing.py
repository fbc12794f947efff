"""Rows that PostgreSQL packs into one value each.

Unpacking a row costs more than receiving its columns one by one. But a row that was seen before need not be unpacked:
equal bytes mean an identical row (`adapters/sql/kit/row_memo.py`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from asyncpg.pgproto.pgproto import UUID
from sqlalchemy import ColumnElement, LargeBinary, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Decode = Callable[[bytes], Any]


class packed(FunctionElement[bytes]):  # noqa: N801  # reads as the SQL function it is
    """The columns as PostgreSQL sends a row within a row: each with its type, its length and its binary form."""

    type = LargeBinary()
    inherit_cache = True


@compiles(packed, "postgresql")
def _packed_postgresql(element: packed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"pg_catalog.record_send(ROW({compiler.process(element.clauses, **kw)}))"


KEY, TOTAL = "_key", "_total"
"""Columns beside those of a list's items: the value that the list is sorted by, and the number of items in all pages.

They are not part of an item, and not packed.
"""


def beside(statement: Select[Any]) -> list[ColumnElement[Any]]:
    """The columns that stand beside those of the items, after which they are selected."""
    return [column for column in statement.selected_columns if column.key in (KEY, TOTAL)]


def packing(statement: Select[Any]) -> Select[Any]:
    """The same rows in the same order, each packed."""
    others = beside(statement)
    columns = [*statement.selected_columns][: -len(others) or None]
    return statement.with_only_columns(packed(*columns).label("packed"), *others, maintain_column_froms=True)


def unpacked(row: bytes) -> list[Any]:
    """The same values that asyncpg returns for a row that is not packed.

    Raises TypeError for a column of an unknown type, which has to be added to `TYPES`.
    """
    values: list[Any] = []
    place, end = COUNT, len(row)
    head_of = _HEAD.unpack_from
    try:
        while place < end:
            oid, size = head_of(row, place)
            place += 8
            if size < 0:
                values.append(None)
            else:
                values.append(TYPES[oid](row[place : (place := place + size)]))
    except KeyError as error:
        raise TypeError(f"packed rows cannot contain a column of the type with the oid {error}") from None
    return values


COUNT = 4
"""The number of columns that follow."""
_HEAD = struct.Struct("!Ii")
"""Header of a column: the oid of its type, and its length, negative for NULL."""
_MICROSECONDS = struct.Struct("!q")
_DIMENSIONS = struct.Struct("!i")
"""The number of items of an array."""
_ITEMS = 20
"""The offset of the items in an array of one dimension."""
_EPOCH, _FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1)
_FOREVER = {(1 << 63) - 1: datetime.max, -(1 << 63): datetime.min}
_FOREVER_DAYS = {(1 << 31) - 1: date.max, -(1 << 31): date.min}


_text: Decode = bytes.decode
_integer: Decode = partial(int.from_bytes, signed=True)
_boolean: Decode = b"\1".__eq__


def _json(data: bytes) -> str:
    return data[1:].decode()  # After the version of the format.


def _float(data: bytes) -> float:
    number: float = struct.unpack("!d", data)[0]
    return number


def _moment(data: bytes) -> datetime:
    (microseconds,) = _MICROSECONDS.unpack(data)
    return _FOREVER.get(microseconds) or _EPOCH + timedelta(0, 0, microseconds)


def _day(data: bytes) -> date:
    days = _integer(data)
    return _FOREVER_DAYS.get(days) or _FIRST_DAY + timedelta(days)


def _texts(data: bytes) -> list[str | None]:
    (dimensions,) = _DIMENSIONS.unpack_from(data)
    if not dimensions:
        return []
    if dimensions > 1:
        raise TypeError("packed rows cannot contain an array of several dimensions")
    texts: list[str | None] = []
    place = _ITEMS
    while place < len(data):
        size = _integer(data[place : place + 4])
        place += 4
        texts.append(None if size < 0 else data[place : place + size].decode())
        place += max(size, 0)
    return texts


TYPES: dict[int, Decode] = {
    16: _boolean,
    20: _integer,
    21: _integer,
    23: _integer,
    25: _text,
    701: _float,
    1009: _texts,
    1042: _text,
    1043: _text,
    1082: _day,
    1184: _moment,
    2950: UUID,
    3802: _json,
}
"""By the permanent oids of PostgreSQL's types: boolean, int8, int2, int4, text, float8, text[], char, varchar, date,
timestamptz, uuid and jsonb.
"""
