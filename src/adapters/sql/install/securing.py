"""Access to the schema on PostgreSQL: only its owner and the service's role have any.

On Supabase other clients connect to the same database, and their rights depend on default privileges that we do not
know. So after each migration, in its transaction, all grants are revoked, and only those are granted that the tables
declare for the service. All of it can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from adapters.sql.kit.schema import metadata, privileges
from adapters.sql.reporting.tables import REFRESH, participation

OUTSIDERS = ("anon", "authenticated", "service_role")
"""The roles of Supabase that other clients use, from a browser or with a key."""

VERSIONS = "alembic_version"
READ_ONLY = ("SELECT",)


def secure(connection: Connection, schema: str) -> None:
    """Enable row level security for every table, and revoke all grants of other roles in the schema, also for future
    objects.
    """
    for table in names(connection, UNSECURED, schema=schema):
        connection.execute(text(f"ALTER TABLE {in_schema(schema, table)} ENABLE ROW LEVEL SECURITY"))
    found = names(connection, "SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)", names=list(OUTSIDERS))
    outsiders = ", ".join(["PUBLIC", *map(quoted, found)])
    within = f"SCHEMA {quoted(schema)}"
    connection.execute(text(f"REVOKE ALL ON {within} FROM {outsiders} CASCADE"))
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        connection.execute(text(f"REVOKE ALL ON ALL {kind} IN {within} FROM {outsiders} CASCADE"))
        connection.execute(text(f"ALTER DEFAULT PRIVILEGES IN {within} REVOKE ALL ON {kind} FROM {outsiders}"))
    if connection.scalar(text(OWNS_NOTHING_ELSE), {"schema": schema}):
        # EXECUTE for PUBLIC is a default of the whole database, which only a default of the owner's can replace. It
        # is set only for a dedicated owner, since it applies to everything that the role creates.
        connection.execute(text(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM {outsiders}"))


def running_roles(connection: Connection, schema: str) -> list[str]:
    """The roles that already have access to the schema."""
    return names(connection, LET_IN, schema=schema)


def let_in(connection: Connection, schema: str, roles: Iterable[str]) -> None:
    """Grant these roles exactly the rights that the service needs. The owner needs no grants."""
    for role in roles:
        if connection.scalar(text("SELECT pg_has_role(:role, current_user, 'MEMBER')"), {"role": role}):
            continue
        to, within = quoted(role), f"SCHEMA {quoted(schema)}"
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            connection.execute(text(f"REVOKE ALL ON ALL {kind} IN {within} FROM {to}"))
        connection.execute(text(f"GRANT USAGE ON {within} TO {to}"))
        granted = {table.name: privileges(table) for table in metadata.tables.values()}
        for name, some in {**granted, participation.name: READ_ONLY, VERSIONS: READ_ONLY}.items():
            connection.execute(text(f"GRANT {', '.join(some)} ON {in_schema(schema, name)} TO {to}"))
        connection.execute(text(f"GRANT EXECUTE ON FUNCTION {in_schema(schema, REFRESH)}() TO {to}"))
        for table in names(connection, WITHOUT_POLICY, schema=schema, role=role):
            # The grants decide what it may do with the rows of a table.
            connection.execute(text(f"CREATE POLICY {to} ON {in_schema(schema, table)} TO {to} USING (true)"))


UNSECURED = """
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relkind IN ('r', 'p') AND NOT relrowsecurity
"""
WITHOUT_POLICY = """
    SELECT relname FROM pg_class
    WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = :role)
"""
LET_IN = """
    SELECT rolname FROM pg_policy
    JOIN pg_class ON pg_class.oid = polrelid JOIN pg_roles ON pg_roles.oid = ANY (polroles)
    WHERE relnamespace = to_regnamespace(quote_ident(:schema)) AND relname = 'alembic_version' AND polname = rolname
"""
OWNS_NOTHING_ELSE = """
    SELECT NOT rolsuper AND NOT EXISTS (
        SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p', 'v', 'm')
        AND relnamespace <> to_regnamespace(quote_ident(:schema)) AND relpersistence = 'p'
    ) AND NOT EXISTS (
        SELECT FROM pg_proc WHERE proowner = pg_roles.oid
        AND pronamespace <> to_regnamespace(quote_ident(:schema))
    ) FROM pg_roles WHERE rolname = current_user
"""


def names(connection: Connection, query: str, **parameters: Any) -> list[str]:
    """The names that a query finds, sorted."""
    return sorted(connection.scalars(text(query), parameters))


def quoted(name: str) -> str:
    """As an identifier."""
    return '"' + name.replace('"', '""') + '"'


def in_schema(schema: str, name: str) -> str:
    """The qualified name."""
    return f"{quoted(schema)}.{quoted(name)}"
