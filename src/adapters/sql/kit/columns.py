"""Selects columns by the names of a read model's fields, so that results never depend on the order of columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import fields
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar, cast, get_type_hints

from sqlalchemy import ColumnElement, FromClause, type_coerce

from adapters.sql.kit.types import Stored, Unopened
from application.kernel.messages import RawJson

T = TypeVar("T")


def columns_of(
    kind: type[Any], *tables: FromClause, but: Collection[str] = (), **others: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ...]:
    """A column for each field of the dataclass, in the order of its fields, so that `kind(*row)` is correct.

    Each is the column of that name in one of the tables, or one of the `others`, labeled with the field's name. If the
    field passes a document on as stored, it is not parsed. Fields in `but` come from elsewhere. Raises TypeError for a
    field without a column or with several, and for a name that is not a field.
    """
    names = [field.name for field in fields(kind)]
    if strange := (others.keys() | set(but)) - set(names):
        raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(strange))}")
    return tuple(_column(kind, name, tables, others) for name in names if name not in but)


def names_of(columns: Collection[ColumnElement[Any]]) -> tuple[str, ...]:
    """The fields that the columns belong to."""
    return tuple(str(column.key) for column in columns)


def maker(kind: type[T], *names: str) -> Callable[[Sequence[Any]], T]:
    """Creates objects of the dataclass from values with these names, in any order.

    Raises TypeError if they are not the names of its fields.
    """
    expected = [field.name for field in fields(cast(Any, kind))]
    if sorted(expected) != sorted(names):
        raise TypeError(f"{kind.__name__} is made of {', '.join(expected)}, not of {', '.join(names)}")
    if len(names) == 1:
        return lambda values: kind(*values)
    in_order = itemgetter(*map(names.index, expected))
    return lambda values: kind(*in_order(values))


def _column(
    kind: type[Any], name: str, tables: Collection[FromClause], others: dict[str, ColumnElement[Any]]
) -> ColumnElement[Any]:
    found = [others[name]] if name in others else [table.c[name] for table in tables if name in table.c]
    if len(found) != 1:
        raise TypeError(f"{len(found)} columns for {kind.__name__}.{name}: name the one that is meant")
    (column,) = found
    if isinstance(column.type, Stored) and _is_raw(kind, name):
        column = type_coerce(column, Unopened())
    return column if column.key == name else column.label(name)


def _is_raw(kind: type[Any], name: str) -> bool:
    return any(isinstance(each, RawJson) for each in getattr(_hints(cast(Hashable, kind))[name], "__metadata__", ()))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)
