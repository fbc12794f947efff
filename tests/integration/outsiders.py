# ruff: noqa: S608  # statements are put together of our own words
"""A PostgreSQL database as Supabase hands it out, and what a role can do to everything of ours in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from integration.backends import PASSWORD, SERVICE, SqlBackend, created, on_server, role_made

NOTHING = "suppress_redundant_updates_trigger()"  # a trigger's function that everybody may use
OUTSIDERS = ("anon", "authenticated", "service_role")
ALL = ", ".join(OUTSIDERS)
GENEROUS = (
    f"GRANT USAGE, CREATE ON SCHEMA public TO {ALL}",
    # As on self-hosted and on older projects.
    *(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON {kind} TO {ALL}"
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS")
    ),
    # And as nobody should.
    *(
        f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO {ALL}"
        for kind in ("TABLES", "SEQUENCES", "FUNCTIONS", "SCHEMAS")
    ),
)
"""Default privileges by which others may do everything with whatever is made."""


async def supabase(server: str, name: str) -> str:
    """The URL of an empty database that is as generous as Supabase can be, or more so."""
    for role in OUTSIDERS:
        await role_made(server, role, "NOLOGIN BYPASSRLS" if role == "service_role" else "NOLOGIN")
    await role_made(server, SERVICE, f"LOGIN PASSWORD '{PASSWORD}'")
    url = await created(server, name)
    await on_server(url, *GENEROUS)
    return url


def open_to_all(schema: str) -> list[str]:
    """Statements that make of the schema what those default privileges made of it before anything was secured."""
    return [
        *(
            f"GRANT ALL ON ALL {kind} IN SCHEMA {schema} TO PUBLIC, {ALL}"
            for kind in ("TABLES", "SEQUENCES", "FUNCTIONS")
        ),
        f"""DO $$ DECLARE t regclass; BEGIN
        FOR t IN SELECT oid FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r' LOOP
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t);
        END LOOP; END $$""",
    ]


@dataclass(frozen=True)
class Thing:
    """A table, view, sequence or function, and a column that can be named."""

    kind: str
    name: str
    column: str = ""


async def things(backend: SqlBackend, schema: str = "training") -> list[Thing]:
    """All that is in the schema."""
    rows = await backend.sql(
        """
        SELECT relkind::text, relname, attname
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum = 1
        WHERE relnamespace = to_regnamespace(:schema) AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        UNION ALL SELECT 'function', oid::regprocedure::text, '' FROM pg_proc
        WHERE pronamespace = to_regnamespace(:schema) ORDER BY 2
        """,
        schema=schema,
    )
    return [Thing(kind, f"{schema}.{name.removeprefix(f'{schema}.')}", column) for kind, name, column in rows]


def attempts(thing: Thing) -> dict[str, str]:
    """What one can try to do to it, by the name of the privilege."""
    if thing.kind == "function":
        return {"EXECUTE": f"SELECT {thing.name} IS NULL"}
    if thing.kind == "S":
        return {"USAGE": f"SELECT nextval('{thing.name}')", "SELECT": f"SELECT last_value FROM {thing.name}"}
    read = {"SELECT": f"SELECT * FROM {thing.name}"}
    if thing.kind == "m":
        return {**read, "MAINTAIN": f"REFRESH MATERIALIZED VIEW {thing.name}"}
    return {
        **read,
        "INSERT": f"INSERT INTO {thing.name} SELECT * FROM {thing.name}",
        "UPDATE": f"UPDATE {thing.name} SET {thing.column} = {thing.column}",
        "DELETE": f"DELETE FROM {thing.name}",
        "TRUNCATE": f"TRUNCATE {thing.name} CASCADE",
        "TRIGGER": f"CREATE TRIGGER mine BEFORE INSERT ON {thing.name} EXECUTE FUNCTION {NOTHING}",
        "LOCK": f"LOCK TABLE {thing.name}",
        "ALTER": f"ALTER TABLE {thing.name} DISABLE ROW LEVEL SECURITY",
        "TRIGGERS OFF": f"ALTER TABLE {thing.name} DISABLE TRIGGER ALL",
        "DROP": f"DROP TABLE {thing.name} CASCADE",
    }


async def allowed(backend: SqlBackend, role: str, statement: str) -> bool:
    """Whether the role may do it; it is not done."""
    async with backend.database.engine.connect() as connection:
        await connection.execute(text(f"SET LOCAL ROLE {role}"))
        try:
            await connection.execute(text(statement))
        except DBAPIError as error:
            cause: Any = error.orig
            return str(cause.sqlstate) != "42501"
        finally:
            await connection.rollback()
    return True


async def can(backend: SqlBackend, role: str) -> dict[str, set[str]]:
    """All that the role may do, by what it may do it to."""
    found = {
        thing.name: {what for what, statement in attempts(thing).items() if await allowed(backend, role, statement)}
        for thing in await things(backend)
    }
    return {name: what for name, what in found.items() if what}
