"""Tables with immutable rows: declared in the `info` of a table, enforced by the triggers of its migration.

`unified-dental check` compares the two, and so does a test for the triggers that the migrations create.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects import sqlite

from adapters.sql.kit.append_only_triggers import Kept, Key, Released, triggers


def append_only(
    *changing: str,
    when: str | None = None,
    stays: tuple[str, timedelta] | None = None,
    forgotten: bool = False,
    released: Released | None = None,
) -> dict[str, Any]:
    """For the `info` of a table: only these columns may change, and only while the condition `when` holds.

    `when` is SQL on OLD and NEW. Rows are never deleted, or only once the time in the column of `stays` is that long
    ago: by the service itself if they are `forgotten`, otherwise only by the owner. An erasure may change the columns
    in `released`.
    """
    return {"keeps": (changing, when, stays), "may": _may(changing, forgotten), "released": released}


def _may(changing: tuple[str, ...], forgotten: bool) -> tuple[str, ...]:
    update = (f"UPDATE ({', '.join(sorted(changing))})",) if changing else ()
    return (*update, *(("DELETE",) if forgotten else ()))


def kept(table: Table) -> Kept | None:
    """The table's declaration of immutable rows; None for a table whose rows may change."""
    if "keeps" not in table.info:
        return None
    changing, when, stays = table.info["keeps"]
    frozen = tuple(column.name for column in table.c if column.name not in changing) if changing else ()
    return Kept(frozen, when, stays and (stays[0], int(stays[1].total_seconds())))


def released(table: Table) -> Released | None:
    """The columns of the table that an erasure may change; None if there are none."""
    reached: Released | None = table.info.get("released")
    if reached is None or reached.column is None:
        return reached
    return replace(reached, others=tuple(column.name for column in table.c if column.name != reached.column))


def keys(table: Table) -> list[Key]:
    """The unique keys by which SQLite's REPLACE finds rows, except a number that SQLite generates."""
    found: dict[tuple[str, ...], str | None] = {
        _names(constraint.columns): None
        for constraint in table.constraints
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint)) and not _is_rowid(table, constraint)
    }
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["sqlite"]["where"]
            found[_names(index.columns)] = where if where is None else _condition(where)
    return [Key(columns, where) for columns, where in sorted(found.items())]


def expected_triggers(table: Table, dialect: str) -> Mapping[str, str]:
    """The triggers that the table should have, by name."""
    how = kept(table)
    return {} if how is None else triggers(dialect, table.name, how, keys(table), released(table))


def _names(columns: Any) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def _is_rowid(table: Table, constraint: PrimaryKeyConstraint | UniqueConstraint) -> bool:
    first: Column[Any] = next(iter(constraint.columns))
    return isinstance(constraint, PrimaryKeyConstraint) and first.identity is not None


def _condition(where: Any) -> str:
    """The condition for one column, without the table's name."""
    compiled = where.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True, "include_table": False})
    return str(compiled)
