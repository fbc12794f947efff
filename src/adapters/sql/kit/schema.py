"""What all tables have in common, and how their constraints are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.kit.types import Moment, new_uuid, now_utc

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)

SCHEMA = "training"
"""The PostgreSQL schema of all tables of the service, unless the operator names another one."""


def within_schema(schema: str | None) -> dict[str, Any]:
    """Options for SQLAlchemy that put tables without a schema into this one."""
    return {} if schema is None else {"schema_translate_map": {None: schema}}


def schema_of(where: AsyncEngine | Connection) -> str | None:
    """The schema of the tables; None on SQLite."""
    options = (
        where.get_execution_options() if isinstance(where, Connection) else where.sync_engine.get_execution_options()
    )
    schema: str | None = options.get("schema_translate_map", {}).get(None)
    return schema


def may(*privileges: str) -> dict[str, Any]:
    """For the `info` of a table: rights of the service beyond reading and inserting rows, in the words of GRANT."""
    return {"may": privileges}


def privileges(table: Table) -> tuple[str, ...]:
    """The rights that the service's role is granted on the table."""
    return ("SELECT", "INSERT", *table.info.get("may", ()))


def reported(*columns: str) -> dict[str, Any]:
    """For the `info` of a table: the columns that roles for reports may read; all of them unless some are named.

    Never a secret, a correct answer, how somebody signs in, or a note about somebody.
    """
    return {"reported": columns}


def reading(table: Table) -> str | None:
    """What a role for reports is granted on the table, in the words of GRANT; None for most."""
    columns = table.info.get("reported")
    if columns is None:
        return None
    return f"SELECT ({', '.join(sorted(columns))})" if columns else "SELECT"


ONLY_POSTGRESQL = {"only": "postgresql"}
ONLY_SQLITE = {"only": "sqlite"}
"""In the `info` of an index or constraint, these exclude it from the migrations of the other database."""


def derived(derive: Callable[[Any], str | None], name: str) -> Column[str]:
    """A search column, computed from the rest of its row: `derive` takes the object of the row.

    Every way of writing rows fills it, and no class has it as an attribute.
    """
    return Column(name, Text(), info={"derive": derive})


def sort_key(derive: Callable[[Any], str], name: str) -> Column[str]:
    """A derived column that lists are sorted by: in the order of code points, which is the same everywhere."""
    return Column(name, ORDERED, nullable=False, server_default="", info={"derive": derive})


ORDERED = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def derivations(table: Table) -> dict[str, Callable[[Any], str | None]]:
    """How to compute the derived columns of the table."""
    return {column.name: column.info["derive"] for column in table.c if "derive" in column.info}


def identity() -> Column[Any]:
    """The primary key `id`, assigned by the application, or by default by the database."""
    return Column("id", Uuid(), primary_key=True, server_default=new_uuid())


def history() -> tuple[Column[Any], Column[Any], Column[Any]]:
    """The version and the times of creation and last change."""
    return Column("version", Integer(), nullable=False, server_default="1"), *times()


def times() -> tuple[Column[Any], Column[Any]]:
    """The times of creation and last change."""
    return (
        Column("created_at", Moment(), nullable=False, server_default=now_utc()),
        Column("updated_at", Moment(), nullable=False, server_default=now_utc()),
    )
