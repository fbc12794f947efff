"""Installations of the first releases, which kept everything in `public`, move into the schema."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.ddl import ExecutableDDLElement

OLD = "public"
VERSIONS = "alembic_version"
VIEW = "module_participation"
FUNCTION = "refuse_change"

# As they were: each of these migrations made these tables, and the last of them is the last that knew of `public`.
MADE: dict[str, tuple[str, ...]] = {
    "0001": (
        "idempotency_keys",
        "outbox_events",
        "training_modules",
        "users",
        "module_enrollments",
        "module_sections",
        "quiz_questions",
    ),
    "0002": (),
    "0003": ("module_versions", "section_completions"),
    "0004": ("quiz_attempts",),
    "0005": ("training_records", "training_sessions", "certificates"),
    "0006": (),
}


class _Move(ExecutableDDLElement):
    """Put a table, a view or a function of `public` into another schema, with all that belongs to it."""

    def __init__(self, kind: str, name: str, schema: str, arguments: str = "") -> None:
        self.kind, self.name, self.schema, self.arguments = kind, name, schema, arguments


@compiles(_Move)
def _move(element: _Move, compiler: DDLCompiler, **kw: object) -> str:
    quote = compiler.preparer.quote
    name = f"{quote(OLD)}.{quote(element.name)}{element.arguments}"
    return f"ALTER {element.kind} {name} SET SCHEMA {quote(element.schema)}"


def left_behind(connection: Connection, schema: str) -> str | None:
    """The revision of an installation that is to move out of `public`; None when the schema has one already.

    It is ours when the one revision that is noted there is one of ours, and all is there that it made. Anything
    else in `public` is somebody else's.
    """
    there = inspect(connection)
    if there.has_table(VERSIONS, schema) or not there.has_table(VERSIONS, OLD):
        return None
    versions = Table(VERSIONS, MetaData(), Column("version_num", String()), schema=OLD)
    revisions = connection.scalars(select(versions.c.version_num)).all()
    if len(revisions) != 1 or revisions[0] not in MADE:
        return None
    found = {*there.get_table_names(OLD), *there.get_materialized_view_names(OLD)}
    return str(revisions[0]) if {VIEW, *_made_until(revisions[0])} <= found else None


def adopt(connection: Connection, schema: str) -> None:
    """Move such an installation into the schema, all of it or nothing."""
    newest = left_behind(connection, schema)
    if newest is None:
        return
    for table in (*_made_until(newest), VERSIONS):
        connection.execute(_Move("TABLE", table, schema))
    connection.execute(_Move("MATERIALIZED VIEW", VIEW, schema))
    if newest >= "0003":
        connection.execute(_Move("FUNCTION", FUNCTION, schema, "()"))


def _made_until(newest: str) -> list[str]:
    return [table for revision, made in MADE.items() if revision <= newest for table in made]
