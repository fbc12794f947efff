"""Moves installations of the first releases, which used `public`, into the service's schema."""

from __future__ import annotations

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.ddl import ExecutableDDLElement

OLD = "public"
VERSIONS = "alembic_version"
VIEW = "module_participation"
FUNCTION = "refuse_change"

# The tables that each of these migrations created; the last of these migrations is the last that used `public`.
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


THERE = """
    SELECT relname, CASE WHEN rolname <> current_user THEN rolname END AS stranger
    FROM pg_catalog.pg_class JOIN pg_catalog.pg_roles ON pg_roles.oid = relowner
    WHERE relnamespace = to_regnamespace('public') AND relname = ANY (:names)
      AND relkind = CASE WHEN relname = :view THEN 'm' ELSE 'r' END
"""
"""Tables and the view with the names of ours, and their owners if these are not the current role."""


TRIGGERS = """
    SELECT tgname, relname, rolname FROM pg_catalog.pg_trigger
    JOIN pg_catalog.pg_class ON pg_class.oid = tgrelid JOIN pg_catalog.pg_proc ON pg_proc.oid = tgfoid
    JOIN pg_catalog.pg_roles ON pg_roles.oid = proowner
    WHERE relnamespace = to_regnamespace('public') AND relname = ANY (:names)
      AND NOT tgisinternal AND rolname <> current_user AND NOT rolsuper ORDER BY 2, 1
"""


class _Move(ExecutableDDLElement):
    """Moves a table, a view or a function from `public` into another schema, with everything that belongs to it."""

    def __init__(self, kind: str, name: str, schema: str, arguments: str = "") -> None:
        self.kind, self.name, self.schema, self.arguments = kind, name, schema, arguments


@compiles(_Move)
def _move(element: _Move, compiler: DDLCompiler, **kw: object) -> str:
    quote = compiler.preparer.quote
    name = f"{quote(OLD)}.{quote(element.name)}{element.arguments}"
    return f"ALTER {element.kind} {name} SET SCHEMA {quote(element.schema)}"


def left_behind(connection: Connection, schema: str) -> str | None:
    """The revision of an installation that has to move out of `public`; None if the schema has one already.

    It is an installation of the service if its only recorded revision is one of ours and all tables of that revision
    exist. Anything else in `public` belongs to other software. Raises PermissionError if the current role does not own
    it: it may be an imitation, whose views and triggers would run with the service's rights.
    """
    if inspect(connection).has_table(VERSIONS, schema):
        return None
    names = [*_made_until("9"), VIEW, VERSIONS]
    found = {row.relname: row.stranger for row in connection.execute(text(THERE), {"view": VIEW, "names": names})}
    if not found.keys() >= {VIEW, VERSIONS, *MADE["0001"]}:
        return None
    if strangers := {*found.values()} - {None}:
        raise PermissionError(
            f"what looks like an installation in {OLD} belongs to {', '.join(sorted(strangers))}: migrate as the role "
            "that made it, or remove it"
        )
    versions = Table(VERSIONS, MetaData(), Column("version_num", String()), schema=OLD)
    revisions = connection.scalars(select(versions.c.version_num)).all()
    if len(revisions) != 1 or revisions[0] not in MADE:
        return None
    return str(revisions[0]) if {*_made_until(revisions[0])} <= found.keys() else None


def adopt(connection: Connection, schema: str) -> None:
    """Move such an installation into the schema, completely or not at all.

    Raises PermissionError if another role has created a trigger on a table, which default privileges in `public` allow:
    it would move with the table, and run with the service's rights.
    """
    newest = left_behind(connection, schema)
    if newest is None:
        return
    for name, table, owner in connection.execute(text(TRIGGERS), {"names": _made_until(newest)}):
        raise PermissionError(
            f"the trigger {name} of {OLD}.{table} runs code of {owner}, and would do so as the service: look at it, "
            f'and drop it with DROP TRIGGER "{name}" ON {OLD}.{table}'
        )
    for table in (*_made_until(newest), VERSIONS):
        connection.execute(_Move("TABLE", table, schema))
    connection.execute(_Move("MATERIALIZED VIEW", VIEW, schema))
    if newest >= "0003":
        connection.execute(_Move("FUNCTION", FUNCTION, schema, "()"))


def _made_until(newest: str) -> list[str]:
    return [table for revision, made in MADE.items() if revision <= newest for table in made]
