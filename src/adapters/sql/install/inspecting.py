"""Checks whether a PostgreSQL database protects the service's data, from the view of the service's role."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.install.adopting import VERSIONS, VIEW
from adapters.sql.install.reading_roles import reading_problems
from adapters.sql.install.securing import OUTSIDERS, READ_ONLY
from adapters.sql.kit.append_only import expected_triggers
from adapters.sql.kit.schema import metadata, privileges, schema_of
from adapters.sql.reporting.tables import REFRESH

REFUSE_FUNCTIONS = ["refuse_change", "refuse_unless_erased"]
KEEPING = "immutable evidence"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"

Findings = dict[str, list[str]]
"""What was checked, and its problems, one sentence each, with what to do."""

MIGRATE = "run `unified-dental migrate` as the owner of the tables"
LOOK = "find out who made it, and drop it"


async def protection(engine: AsyncEngine, only: str | None = None, reading_role: str | None = None) -> Findings:
    """Check the triggers that protect evidence and, on PostgreSQL, the rights of all roles; or `only` one of these.

    `reading_role` is the one that should read for reports.
    """
    schema = schema_of(engine)
    async with engine.connect() as connection:
        if schema is None:
            return {KEEPING: await _kept_on_sqlite(connection)}
        database = _Inspection(connection, schema)
        checks = {
            "schema": database.schema,
            "row level security": database.row_level_security,
            "rights of other roles": database.others,
            "rights of the service": database.service,
            "role of the service": database.role,
            "reading roles": lambda: reading_problems(connection, schema, reading_role),
            KEEPING: database.kept,
        }
        return {topic: await check() for topic, check in checks.items() if only in (None, topic)}


async def _kept_on_sqlite(connection: AsyncConnection) -> list[str]:
    found = {row.name: row.sql for row in await connection.execute(text(TRIGGERS_ON_SQLITE))}
    return [
        f"{table.name} lacks its trigger {name}, or has another one of this name: its rows could be changed; "
        f"restore the database from a backup that has it"
        for table in metadata.tables.values()
        for name, statement in expected_triggers(table, "sqlite").items()
        if found.get(name) != statement
    ]


class _Inspection:
    def __init__(self, connection: AsyncConnection, schema: str) -> None:
        self._connection = connection
        self._schema = schema

    async def schema(self) -> list[str]:
        missing = sorted({*metadata.tables, VIEW, VERSIONS} - set(await self._lines(RELATIONS)))
        problems = [f"{self._schema} lacks {name}; {MIGRATE}" for name in missing]
        if await self._lines(LEFT_BEHIND):
            problems.append("an old installation is still in public, where it is no longer used; drop its tables")
        problems += [f"{view}, in another schema, shows its data; drop it" for view in await self._lines(OUTSIDE)]
        problems += [
            f"{what} belongs to {owner}; change its owner to the role that migrates"
            for what, owner in await self._rows(OTHERS_OWN)
        ]
        return problems + [
            f"the trigger {name} of {table} runs code of {owner}; {LOOK}"
            for table, name, owner in await self._rows(OTHERS_TRIGGERS)
        ]

    async def row_level_security(self) -> list[str]:
        problems = [f"it is off for {table}; {MIGRATE}" for table in await self._lines(UNSECURED)]
        return problems + [f"a policy of {table} admits {role}; {LOOK}" for table, role in await self._rows(POLICIES)]

    async def others(self) -> list[str]:
        effective = await self._rows(GRANTED)
        return [
            f"{role} may {what}; revoke it, which `unified-dental migrate` does for Supabase's roles and for everybody"
            for role, what in [*effective, *await self._rows(GRANTED_BESIDE)]
        ]

    async def service(self) -> list[str]:
        """For the owner all of it is wrong at once."""
        if await self._is_owner():
            return [
                "the role owns the tables, and may change, empty and drop all of them; name another role in "
                "DATABASE_URL, and the owner in MIGRATION_DATABASE_URL"
            ]
        granted: dict[str, set[str]] = {}
        for table, privilege in await self._rows(OWN):
            granted.setdefault(table, set()).add(privilege)
        needed = {
            **{table.name: set(privileges(table)) for table in metadata.tables.values()},
            **{name: set(READ_ONLY) for name in (VIEW, VERSIONS)},
        }
        problems = []
        for table in sorted({*needed, *granted}):
            lacks = needed.get(table, set()) - granted.get(table, set())
            beyond = granted.get(table, set()) - needed.get(table, set())
            problems += [f"the role may not {', '.join(sorted(lacks))} {table}; {MIGRATE}"] if lacks else []
            problems += (
                [f"the role may {', '.join(sorted(beyond))} {table}, which it does not need; {MIGRATE}"]
                if beyond
                else []
            )
        problems += [
            f"no policy of {table} admits the role, to which its rows are invisible; {MIGRATE}"
            for table in await self._lines(INVISIBLE)
        ]
        if not await self._lines(MAY_STAGE):
            problems.append(
                "the role may not create temporary tables, which roster imports need; GRANT TEMPORARY ON DATABASE"
            )
        if await self._lines(MAY_CREATE):
            problems.append(f"the role may create objects in {self._schema}; REVOKE CREATE ON SCHEMA")
        if await self._lines(MAY_CREATE_SCHEMAS):
            problems.append("the role may create schemas in the database; REVOKE CREATE ON DATABASE")
        if not await self._lines(MAY_REFRESH):
            problems.append(f"the role may not execute {REFRESH}; {MIGRATE}")
        return problems

    async def role(self) -> list[str]:
        apart = "run the service as a role of its own (docs/security.md)"
        problems = [f"it has {attribute}; {apart}" for attribute in await self._lines(ATTRIBUTES)]
        problems += [f"it may act as {role}; {apart}" for role in await self._lines(MEMBER_OF)]
        return problems

    async def kept(self) -> list[str]:
        found = {(table, name): enabled for table, name, enabled in await self._rows(TRIGGERS)}
        problems = []
        for table in metadata.tables.values():
            for name in expected_triggers(table, "postgresql"):
                match found.get((table.name, name)):
                    case None:
                        problems.append(
                            f"{table.name} lacks its trigger {name}: its rows could be changed; create it as the "
                            f"owner, or restore a backup that has it: {expected_triggers(table, 'postgresql')[name]}"
                        )
                    case "A":
                        continue
                    case _:
                        problems.append(
                            f"the trigger {name} of {table.name} is not enabled ALWAYS; as the owner: ALTER TABLE "
                            f"{self._schema}.{table.name} ENABLE ALWAYS TRIGGER {name}"
                        )
        return problems

    async def _is_owner(self) -> bool:
        return bool(await self._lines(OWNS))

    async def _lines(self, query: str) -> list[str]:
        return [line for (line,) in await self._rows(query)]

    async def _rows(self, query: str) -> list[Any]:
        parameters = {
            "schema": self._schema,
            "outsiders": list(OUTSIDERS),
            "everything": EVERYTHING,
            "refresh": REFRESH,
            "refuse": REFUSE_FUNCTIONS,
            "versions": VERSIONS,
            "view": VIEW,
        }
        used = {name: value for name, value in parameters.items() if f":{name}" in query}
        return list((await self._connection.execute(text(query), used)).all())


OURS = "to_regnamespace(quote_ident(:schema))"
"""The schema; NULL if it does not exist."""
_RELATION = f"relnamespace = {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f')"
RELATIONS = f"SELECT relname FROM pg_class WHERE {_RELATION}"
UNSECURED = f"""
    SELECT relname FROM pg_class WHERE relnamespace = {OURS} AND relkind IN ('r', 'p') AND NOT relrowsecurity ORDER BY 1
"""
LEFT_BEHIND = """
    SELECT a.relname FROM pg_class a, pg_class b
    WHERE a.relnamespace = to_regnamespace('public') AND a.relname = :versions AND a.relkind = 'r'
      AND b.relnamespace = to_regnamespace('public') AND b.relname = :view AND b.relkind = 'm'
"""
OUTSIDE = f"""
    SELECT DISTINCT v.oid::regclass::text FROM pg_depend d
    JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class
    JOIN pg_class t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
    WHERE t.relnamespace = {OURS} AND v.relnamespace <> t.relnamespace ORDER BY 1
"""
POLICIES = f"""
    SELECT relname, coalesce(rolname, 'PUBLIC') FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid,
    LATERAL unnest(polroles) AS lets_in LEFT JOIN pg_roles ON pg_roles.oid = lets_in
    WHERE relnamespace = {OURS} AND (lets_in = 0 OR rolname = ANY (:outsiders)) ORDER BY 1, 2
"""
INVISIBLE = f"""
    SELECT relname FROM pg_class
    WHERE relnamespace = {OURS} AND relkind IN ('r', 'p') AND relrowsecurity AND NOT EXISTS (
        SELECT FROM pg_policy, unnest(polroles) AS role
        WHERE polrelid = pg_class.oid AND CASE role WHEN 0 THEN true ELSE pg_has_role(role, 'USAGE') END
    ) ORDER BY 1
"""
GRANTED = f"""
    WITH others AS (
        SELECT rolname FROM pg_roles WHERE rolname = ANY (:outsiders) AND NOT rolsuper UNION ALL SELECT 'public'
    ), may AS (
        SELECT rolname, 'USAGE of the schema ' || nspname AS what FROM others, pg_namespace
        WHERE pg_namespace.oid = {OURS} AND has_schema_privilege(rolname, pg_namespace.oid, 'USAGE, CREATE')
        UNION ALL
        SELECT rolname, string_agg(wanted, ', ' ORDER BY wanted) || ' ' || relname FROM others, pg_class,
        LATERAL unnest(string_to_array(:everything, ', ')) AS wanted
        WHERE {_RELATION} AND (
            has_table_privilege(rolname, pg_class.oid, wanted)
            OR wanted IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
               AND has_any_column_privilege(rolname, pg_class.oid, wanted)
        ) GROUP BY rolname, relname
        UNION ALL
        SELECT rolname, 'use ' || relname FROM others, pg_class
        WHERE relnamespace = {OURS} AND relkind = 'S'
          AND has_sequence_privilege(rolname, pg_class.oid, 'USAGE, SELECT, UPDATE')
        UNION ALL
        SELECT rolname, 'EXECUTE ' || proname FROM others, pg_proc
        WHERE pronamespace = {OURS} AND has_function_privilege(rolname, pg_proc.oid, 'EXECUTE')
        UNION ALL
        SELECT coalesce(rolname, 'public'), 'use what ' || pg_get_userbyid(defaclrole) || ' will make in the schema'
        FROM pg_default_acl, LATERAL aclexplode(defaclacl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
        WHERE defaclnamespace = {OURS} AND (grantee = 0 OR rolname = ANY (:outsiders))
    )
    SELECT CASE rolname WHEN 'public' THEN 'everybody' ELSE rolname END, what FROM may ORDER BY 1, 2
"""
OWNS = f"""
    SELECT relname FROM pg_class WHERE relnamespace = {OURS} AND pg_has_role(current_user, relowner, 'MEMBER') LIMIT 1
"""
OWN = f"""
    SELECT relname, wanted FROM pg_class, LATERAL unnest(string_to_array(:everything, ', ')) AS wanted
    WHERE {_RELATION} AND has_table_privilege(pg_class.oid, wanted)
    UNION ALL
    SELECT relname, wanted || ' (' || string_agg(attname, ', ' ORDER BY attname COLLATE "C") || ')'
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped,
    LATERAL unnest(string_to_array(:everything, ', ')) AS wanted
    WHERE {_RELATION} AND wanted IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
      AND NOT has_table_privilege(pg_class.oid, wanted) AND has_column_privilege(pg_class.oid, attnum, wanted)
    GROUP BY relname, wanted
"""
TRIGGERS = f"""
    SELECT relname, tgname, tgenabled::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE relnamespace = {OURS} AND NOT tgisinternal AND pronamespace = {OURS} AND proname = ANY (:refuse)
"""
TRIGGERS_ON_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
MAY_STAGE = "SELECT 'it may' WHERE has_database_privilege(current_database(), 'TEMPORARY')"
MAY_CREATE = f"""
    SELECT nspname FROM pg_namespace WHERE oid = {OURS} AND has_schema_privilege(oid, 'CREATE')
"""
MAY_REFRESH = f"""
    SELECT proname FROM pg_proc
    WHERE pronamespace = {OURS} AND proname = :refresh AND has_function_privilege(oid, 'EXECUTE')
"""
ATTRIBUTES = """
    SELECT attribute FROM pg_roles, LATERAL (VALUES
        ('SUPERUSER', rolsuper), ('BYPASSRLS', rolbypassrls), ('CREATEROLE', rolcreaterole),
        ('CREATEDB', rolcreatedb), ('REPLICATION', rolreplication)
    ) AS attributes (attribute, it_has) WHERE rolname = current_user AND it_has ORDER BY 1
"""
MEMBER_OF = """
    SELECT other.rolname FROM pg_roles me, pg_roles other
    WHERE me.rolname = current_user AND NOT me.rolsuper AND other.oid <> me.oid
      AND pg_has_role(me.oid, other.oid, 'MEMBER') ORDER BY 1
"""
"""These roles may be given more rights at any time; the service needs none. `pg_database_owner` owns the database."""
MAY_CREATE_SCHEMAS = """
    SELECT datname FROM pg_database
    WHERE datname = current_database() AND has_database_privilege(pg_database.oid, 'CREATE')
"""
_OWNER = f"(SELECT relowner FROM pg_class WHERE relnamespace = {OURS} AND relname = :versions)"
OTHERS_OWN = f"""
    SELECT relname, pg_get_userbyid(relowner) FROM pg_class
    WHERE relnamespace = {OURS} AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relowner <> {_OWNER}
    UNION ALL
    SELECT proname || '()', pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = {OURS} AND proowner <> {_OWNER}
    UNION ALL
    SELECT 'it', rolname FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner
    WHERE pg_namespace.oid = {OURS} AND (rolname = ANY (:outsiders) OR rolname = current_user) AND nspowner <> {_OWNER}
    ORDER BY 1
"""
OTHERS_TRIGGERS = f"""
    SELECT relname, tgname, rolname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_roles ON pg_roles.oid = proowner
    WHERE relnamespace = {OURS} AND NOT tgisinternal AND proowner <> relowner AND NOT rolsuper ORDER BY 1, 2
"""
"""A role that once had the TRIGGER right created them, and they run with the rights of the role that writes."""
GRANTED_BESIDE = f"""
    WITH let_in AS (
        SELECT role FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid, LATERAL unnest(polroles) AS role
        WHERE relnamespace = {OURS} AND (relname = :versions OR polcmd = 'r' AND polname = pg_get_userbyid(role))
    ), given AS (
        SELECT relowner AS owner, relname AS what, (aclexplode(relacl)).* FROM pg_class
        WHERE relnamespace = {OURS}
        UNION ALL
        SELECT relowner, relname, (aclexplode(attacl)).* FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relnamespace = {OURS}
        UNION ALL
        SELECT proowner, proname, (aclexplode(proacl)).* FROM pg_proc WHERE pronamespace = {OURS}
        UNION ALL
        SELECT nspowner, 'the schema', (aclexplode(nspacl)).* FROM pg_namespace WHERE pg_namespace.oid = {OURS}
        UNION ALL
        SELECT defaclrole, 'what will be made in the schema', (aclexplode(defaclacl)).* FROM pg_default_acl
        WHERE defaclnamespace = {OURS}
    )
    SELECT coalesce(rolname, 'everybody'),
        string_agg(DISTINCT privilege_type, ', ' ORDER BY privilege_type) || ' ' || what
    FROM given LEFT JOIN pg_roles ON pg_roles.oid = grantee
    WHERE grantee NOT IN (owner, {_OWNER}) AND (
        privilege_type = 'MAINTAIN' OR rolname <> current_user AND rolname <> ALL (:outsiders)
        AND grantee NOT IN (SELECT role FROM let_in)
    )
    GROUP BY 1, what ORDER BY 1, 2
"""
"""Grants of all other roles, whose effective rights are not checked one by one; and MAINTAIN, which servers before
PostgreSQL 17 cannot report.
"""
