"""Roles that only read what reports are made of, for BI: SELECT of the columns that tables declare as `reported`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.install.securing import READ_ONLY, in_schema, names, quoted
from adapters.sql.kit.schema import metadata, reading
from adapters.sql.reporting.tables import participation


class RoleUnusable(Exception):
    """READING_ROLE names a role that must not read, or none. The message says what to do."""


def reading_roles(connection: Connection, schema: str) -> list[str]:
    """The roles that may already read: those with policies of their own, for SELECT only."""
    return names(connection, READING, schema=schema)


def require_usable(connection: Connection, schema: str, role: str) -> None:
    """Raises RoleUnusable unless the role may become one that only reads."""
    found = connection.execute(text(ROLE), {"role": role, "schema": schema}).one_or_none()
    if found is None:
        raise RoleUnusable(
            f"READING_ROLE is {role}, which does not exist: CREATE ROLE {quoted(role)} LOGIN PASSWORD ..."
        )
    if found.is_powerful:
        raise RoleUnusable(
            f"READING_ROLE is {role}, which owns the tables, or is SUPERUSER or BYPASSRLS: name a role that only reads"
        )
    if found.is_service:
        raise RoleUnusable(f"READING_ROLE is {role}, the role of the service: name another one")


def let_read(connection: Connection, schema: str, roles: Iterable[str]) -> None:
    """Grant these roles exactly what is declared as `reported`."""
    for role in roles:
        to, within = quoted(role), f"SCHEMA {quoted(schema)}"
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            connection.execute(text(f"REVOKE ALL ON ALL {kind} IN {within} FROM {to}"))
        connection.execute(text(f"GRANT USAGE ON {within} TO {to}"))
        connection.execute(text(f"GRANT SELECT ON {in_schema(schema, participation.name)} TO {to}"))
        for table in metadata.tables.values():
            there = in_schema(schema, table.name)
            connection.execute(text(f"DROP POLICY IF EXISTS {to} ON {there}"))
            if granted := reading(table):
                connection.execute(text(f"GRANT {granted} ON {there} TO {to}"))
                connection.execute(text(f"CREATE POLICY {to} ON {there} FOR SELECT TO {to} USING (true)"))


async def reading_problems(connection: AsyncConnection, schema: str, wanted: str | None) -> list[str]:
    """What reading roles may do beyond what is declared, or not do; `wanted` is the one of the settings."""
    migrate = "run `unified-dental migrate` as the owner of the tables, with READING_ROLE"
    found = {role for (role,) in await connection.execute(text(READING), {"schema": schema})}
    problems = [f"{wanted} may not read yet; {migrate}"] if wanted and wanted not in found else []
    needed = {table.name: {columns} for table in metadata.tables.values() if (columns := reading(table))}
    needed[participation.name] = set(READ_ONLY)
    for role in sorted(found):
        granted: dict[str, set[str]] = {}
        for table, right in await connection.execute(text(RIGHTS), {"schema": schema, "role": role}):
            granted.setdefault(table, set()).add(right)
        for table in sorted({*needed, *granted}):
            lacks = needed.get(table, set()) - granted.get(table, set())
            beyond = granted.get(table, set()) - needed.get(table, set())
            problems += [f"{role} may not {', '.join(sorted(lacks))} {table}; {migrate}"] if lacks else []
            problems += [f"{role} may {', '.join(sorted(beyond))} {table}; {migrate}"] if beyond else []
        apart = "take it away, since the role is for reading only"
        rows = await connection.execute(text(POWERS), {"role": role})
        problems += [f"{role} {power}; {apart}" for (power,) in rows]
    return problems


_OURS = "to_regnamespace(quote_ident(:schema))"
READING = f"""
    SELECT DISTINCT rolname::text FROM pg_policy
    JOIN pg_class ON pg_class.oid = polrelid JOIN pg_roles ON pg_roles.oid = ANY (polroles)
    WHERE relnamespace = {_OURS} AND polcmd = 'r' AND polname = rolname ORDER BY 1
"""  # noqa: S608  # our own words
ROLE = f"""
    SELECT rolsuper OR rolbypassrls OR pg_has_role(oid, current_user, 'MEMBER') AS is_powerful, EXISTS (
        SELECT FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
        WHERE relnamespace = {_OURS} AND polcmd = '*' AND polname = rolname
    ) AS is_service FROM pg_roles WHERE rolname = :role
"""  # noqa: S608
RIGHTS = f"""
    WITH wanted AS (
        SELECT unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS wanted
    )
    SELECT relname::text, wanted FROM pg_class, wanted
    WHERE relnamespace = {_OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f')
      AND has_table_privilege(:role, pg_class.oid, wanted)
    UNION ALL
    SELECT relname::text, wanted || ' (' || string_agg(attname, ', ' ORDER BY attname COLLATE "C") || ')'
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped, wanted
    WHERE relnamespace = {_OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f')
      AND wanted IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
      AND NOT has_table_privilege(:role, pg_class.oid, wanted)
      AND has_column_privilege(:role, pg_class.oid, attnum, wanted)
    GROUP BY relname, wanted
"""  # noqa: S608
POWERS = """
    SELECT power FROM pg_roles, LATERAL (VALUES
        ('has SUPERUSER', rolsuper), ('has BYPASSRLS', rolbypassrls), ('has CREATEROLE', rolcreaterole),
        ('has CREATEDB', rolcreatedb), ('has REPLICATION', rolreplication)
    ) AS powers (power, it_has) WHERE rolname = :role AND it_has
    UNION ALL
    SELECT 'may act as ' || other.rolname FROM pg_roles me, pg_roles other
    WHERE me.rolname = :role AND NOT me.rolsuper AND other.oid <> me.oid AND pg_has_role(me.oid, other.oid, 'MEMBER')
    ORDER BY 1
"""
