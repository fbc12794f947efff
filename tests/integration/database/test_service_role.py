"""The service's own role may do what the service needs, and no more; and `check` says when that is not so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from click.testing import Result
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.sql.install.migrating import upgrade
from adapters.sql.kit.append_only import kept
from adapters.sql.kit.engine import database_url
from adapters.sql.kit.schema import privileges
from application.kernel.access import EVERYONE, Actor
from application.reporting.commands import RefreshReports
from application.reporting.queries import ParticipationReader
from contracts.backend import save
from contracts.make import a_published_module, a_user, an_enrollment
from entrypoints.bootstrap import bootstrap
from fake_supabase.published import publishing
from integration.backends import (
    PASSWORD,
    SERVICE,
    SqlBackend,
    as_service,
    created,
    metadata,
    on_server,
    opened,
    role_made,
    spelled,
    until,
)
from integration.outsiders import ALL, can, supabase
from integration.running import client_of, settings_for
from kit.command_line import run

OWNER = "unified_dental_owner"
STRANGER = "unified_dental_stranger"
"""A role of the same server that nobody here knows."""
Settings = dict[str, str]
"""Variables of the environment."""
FORGOTTEN = ("idempotency_keys", "outbox_events")
"""Tables whose rows the service itself deletes: of people who were erased, or after a time."""
EVIDENCE = [table.name for table in metadata.tables.values() if kept(table) and table.name not in FORGOTTEN]


@pytest.fixture(scope="module")
def production() -> Iterator[dict[str, str]]:
    """The settings of production, with a Supabase that answers."""
    with publishing() as supabase_url:
        yield {
            "ENVIRONMENT": "production",
            "SUPABASE_URL": supabase_url,
            "PUBLIC_URL": "https://training.example.com",
        }


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


@pytest.fixture
async def service(url: str, database: object) -> AsyncIterator[SqlBackend]:
    """The emptied database, for role of the service."""
    async with opened(as_service(url)) as backend:
        yield backend


class TestTheRole:
    async def test_it_may_do_what_the_tables_say(self, backend: SqlBackend) -> None:
        found = await can(backend, SERVICE)
        for table in metadata.tables.values():
            needed = {privilege for privilege in privileges(table) if "(" not in privilege}
            # Who may change rows may also lock the table against others.
            locks = {"LOCK"} if needed & {"UPDATE", "DELETE"} else set()
            assert found.pop(f"training.{table.name}") == needed | locks, table.name
        assert found == {
            "training.alembic_version": {"SELECT"},
            "training.module_participation": {"SELECT"},
            "training.refresh_reports()": {"EXECUTE"},
        }

    @pytest.mark.parametrize("table", EVIDENCE)
    async def test_it_may_add_evidence_and_nothing_else(self, backend: SqlBackend, table: str) -> None:
        assert (await can(backend, SERVICE))[f"training.{table}"] == {"SELECT", "INSERT"}

    async def test_it_may_delete_events_only_when_they_are_old(self, service: SqlBackend) -> None:
        for occurred_at in (datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC)):
            await service.sql(
                "INSERT INTO training.outbox_events (name, subject_id, payload, occurred_at)"
                " VALUES ('ModuleDrafted', gen_random_uuid(), '{}', :occurred_at)",
                occurred_at=occurred_at,
            )
        await service.sql("DELETE FROM training.outbox_events WHERE occurred_at < '2021-01-01'")
        with pytest.raises(DBAPIError, match="append-only"):
            await service.sql("DELETE FROM training.outbox_events")
        assert len(await service.sql("SELECT 1 FROM training.outbox_events")) == 1

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE training.mine (id uuid)",
            "CREATE FUNCTION training.mine() RETURNS text LANGUAGE sql AS 'SELECT 1'",
            "CREATE SCHEMA mine",
            "CREATE POLICY mine ON training.users USING (true)",
            f"SET ROLE {OWNER}",
            "SET session_replication_role = replica",
            "CREATE ROLE mine",
        ],
    )
    async def test_it_may_change_no_structure_and_no_rights(
        self, server: str, service: SqlBackend, statement: str
    ) -> None:
        await role_made(server, OWNER, "LOGIN")
        await role_made(server, "anon", "NOLOGIN")
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner|no privileges"):
            await service.sql(statement)

    async def test_it_refreshes_the_reports(self, backend: SqlBackend, service: SqlBackend) -> None:
        await save(service, *a_published_module(1), a_user(1))
        await save(service, an_enrollment(1, 1))
        with pytest.raises(DBAPIError, match="permission denied"):
            await service.sql("REFRESH MATERIALIZED VIEW module_participation")
        await service.bus().execute(RefreshReports(), Actor.system())
        (module,) = (await service.reader(ParticipationReader).report(EVERYONE)).items
        assert module.enrolled == 1

    async def test_while_it_runs_it_refreshes_them_by_itself(
        self, url: str, backend: SqlBackend, service: SqlBackend
    ) -> None:
        async def refreshed() -> bool:
            return (await service.reader(ParticipationReader).report(EVERYONE)).counted_at is not None

        assert not await refreshed()
        async with client_of(bootstrap(settings_for(as_service(url)))):
            await until(refreshed)

    async def test_refreshing_is_not_led_astray(self, service: SqlBackend) -> None:
        """It acts for the owner: a table of the same name that somebody puts in its way is not looked at."""
        async with service.database.engine.begin() as connection:
            await connection.execute(text("CREATE TEMPORARY TABLE module_participation (id uuid)"))
            await connection.execute(text("SET LOCAL search_path = pg_temp, public"))
            await connection.execute(text("SELECT training.refresh_reports()"))


@pytest.fixture
def zero(server: str) -> dict[str, str]:
    """The settings of an installation from zero: an empty database like Supabase's, and two roles."""
    url = asyncio.run(_from_zero(server))
    as_owner = database_url(url).set(username=OWNER, password=PASSWORD)
    return {"DATABASE_URL": as_service(url), "MIGRATION_DATABASE_URL": spelled(as_owner)}


async def _from_zero(server: str) -> str:
    url = await supabase(server, "unified_dental_zero")
    await role_made(server, OWNER, f"LOGIN PASSWORD '{PASSWORD}'")
    await on_server(url, f"GRANT CREATE ON DATABASE unified_dental_zero TO {OWNER}")
    return url


def did(settings: dict[str, str], verb: str, **more: str) -> Result:
    return run(verb, **{**settings, **more})


def lines(result: Result) -> list[str]:
    return (result.stdout + result.stderr).splitlines()


def told(result: Result, what: str) -> bool:
    """Whether a line reports this, followed by what to do."""
    return any(line.startswith((f"{what};", f"{what}:")) for line in result.stderr.splitlines())


class TestFromZero:
    def test_two_urls_are_all_it_takes(self, zero: dict[str, str], production: Settings) -> None:
        assert did(zero, "migrate").exit_code == 0
        checked = did(zero, "check", **production)
        assert checked.exit_code == 0, checked.output
        assert "ok  rights of the service  all that it needs, and no more" in lines(checked)
        assert did(zero, "refresh-reports", **production).exit_code == 0
        assert did(zero, "migrate").exit_code == 0, "it can be repeated"

    def test_before_it_there_is_one_line(self, zero: dict[str, str], production: Settings) -> None:
        (line,) = did(zero, "check", **production).stderr.splitlines()
        assert line == "wrong: migration: The database is empty. Run `unified-dental migrate`."

    def test_the_service_alone_may_not_migrate(self, zero: dict[str, str]) -> None:
        del zero["MIGRATION_DATABASE_URL"]
        refused = did(zero, "migrate")
        assert refused.exit_code == 1
        assert "permission denied" in lines(refused)[-1]

    def test_the_owner_alone_grants_access_again_to_an_earlier_role(
        self, zero: dict[str, str], production: Settings
    ) -> None:
        """As where migrations run on another machine, which knows the owner only."""
        did(zero, "migrate")
        assert did({"DATABASE_URL": zero["MIGRATION_DATABASE_URL"]}, "migrate").exit_code == 0
        assert did(zero, "check", **production).exit_code == 0


BROKEN = {
    "a table without row level security": (
        "ALTER TABLE training.users DISABLE ROW LEVEL SECURITY",
        "row level security: it is off for users",
    ),
    "a policy for outsiders": (
        "CREATE POLICY mine ON training.users TO anon USING (true)",
        "row level security: a policy of users admits anon",
    ),
    "a policy for everybody": (
        "CREATE POLICY mine ON training.users USING (true)",
        "row level security: a policy of users admits PUBLIC",
    ),
    "usage": ("GRANT USAGE ON SCHEMA training TO anon", "rights of other roles: anon may USAGE of the schema training"),
    "a table": (
        "GRANT DELETE ON training.users TO service_role",
        "rights of other roles: service_role may DELETE users",
    ),
    "a column": ("GRANT SELECT (email) ON training.users TO anon", "rights of other roles: anon may SELECT users"),
    "a view": (
        "GRANT SELECT ON training.module_participation TO PUBLIC",
        "rights of other roles: everybody may SELECT module_participation",
    ),
    "a sequence": (
        "GRANT USAGE ON SEQUENCE training.outbox_events_position_seq TO authenticated",
        "rights of other roles: authenticated may use outbox_events_position_seq",
    ),
    "a function": (
        "GRANT EXECUTE ON FUNCTION training.refresh_reports() TO anon",
        "rights of other roles: anon may EXECUTE refresh_reports",
    ),
    "future tables": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA training GRANT SELECT ON TABLES TO anon",
        "rights of other roles: anon may use what postgres will make in the schema",
    ),
    "through a role": (f"GRANT {SERVICE} TO anon", "rights of other roles: anon may INSERT, SELECT training_records"),
    "too little": (
        f"REVOKE UPDATE ON training.users FROM {SERVICE}",
        "rights of the service: the role may not UPDATE users",
    ),
    "too much": (
        f"GRANT TRUNCATE, DELETE ON training.training_records TO {SERVICE}",
        "rights of the service: the role may DELETE, TRUNCATE training_records, which it does not need",
    ),
    "creating": (
        f"GRANT CREATE ON SCHEMA training TO {SERVICE}",
        "rights of the service: the role may create objects in training",
    ),
    "no policy": (
        f"DROP POLICY {SERVICE} ON training.users",
        "rights of the service: no policy of users admits the role, to which its rows are invisible",
    ),
    "no temporary tables": (
        "REVOKE TEMPORARY ON DATABASE unified_dental_checked FROM PUBLIC",
        "rights of the service: the role may not create temporary tables, which roster imports need",
    ),
    "no refreshing": (
        f"REVOKE EXECUTE ON FUNCTION training.refresh_reports() FROM {SERVICE}",
        "rights of the service: the role may not execute refresh_reports",
    ),
    "columns beyond": (
        f"GRANT UPDATE (serial) ON training.certificates TO {SERVICE}",
        "rights of the service: the role may UPDATE (revocation_reason, revoked_at, revoked_by, serial, updated_at,"
        " version) certificates, which it does not need",
    ),
    "a trigger": (
        "ALTER TABLE training.training_records DISABLE TRIGGER training_records_keeps_update",
        "immutable evidence: the trigger training_records_keeps_update of training_records is not enabled ALWAYS",
    ),
    "a trigger that spares replicas": (
        "ALTER TABLE training.quiz_attempts ENABLE TRIGGER quiz_attempts_keeps_delete",
        "immutable evidence: the trigger quiz_attempts_keeps_delete of quiz_attempts is not enabled ALWAYS",
    ),
    "no trigger": (
        "DROP TRIGGER certificates_keeps_all ON training.certificates",
        "immutable evidence: certificates lacks its trigger certificates_keeps_all",
    ),
    "around policies": (f"ALTER ROLE {SERVICE} BYPASSRLS", "role of the service: it has BYPASSRLS"),
    "a superuser": (f"ALTER ROLE {SERVICE} SUPERUSER", "role of the service: it has SUPERUSER"),
    "a role of somebody else's": (
        f"GRANT TRUNCATE, SELECT ON training.users TO {STRANGER}",
        f"rights of other roles: {STRANGER} may SELECT, TRUNCATE users",
    ),
    "maintaining": (
        "GRANT MAINTAIN ON training.module_participation TO PUBLIC",
        "rights of other roles: everybody may MAINTAIN module_participation",
    ),
    "future tables for somebody else": (
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA training GRANT SELECT ON TABLES TO {STRANGER}",
        f"rights of other roles: {STRANGER} may SELECT what will be made in the schema",
    ),
    "a more powerful role": (f"GRANT {STRANGER} TO {SERVICE}", f"role of the service: it may act as {STRANGER}"),
    "the owner of the database": (
        f"ALTER DATABASE unified_dental_checked OWNER TO {SERVICE}",
        "role of the service: it may act as pg_database_owner",
    ),
    "creating schemas": (
        f"GRANT CREATE ON DATABASE unified_dental_checked TO {SERVICE}",
        "rights of the service: the role may create schemas in the database",
    ),
    "another owner": (
        f"ALTER TABLE training.users OWNER TO {STRANGER}",
        f"schema: users belongs to {STRANGER}",
    ),
    "another owner of the schema": ("ALTER SCHEMA training OWNER TO anon", "schema: it belongs to anon"),
    "a trigger of somebody else's": (
        "CREATE FUNCTION public.told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW;END'"
        "; ALTER FUNCTION public.told() OWNER TO anon"
        "; CREATE TRIGGER told BEFORE INSERT ON training.users FOR EACH ROW EXECUTE FUNCTION public.told()",
        "schema: the trigger told of users runs code of anon",
    ),
    "a trigger that does something else": (
        "CREATE FUNCTION training.let_pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD;END'"
        "; DROP TRIGGER certificates_keeps_delete ON training.certificates"
        "; CREATE TRIGGER certificates_keeps_delete BEFORE DELETE ON training.certificates"
        " FOR EACH ROW EXECUTE FUNCTION training.let_pass()"
        "; ALTER TABLE training.certificates ENABLE ALWAYS TRIGGER certificates_keeps_delete",
        "immutable evidence: certificates lacks its trigger certificates_keeps_delete",
    ),
    "a view outside": (
        "CREATE VIEW public.people AS SELECT * FROM training.users",
        "schema: public.people, in another schema, shows its data",
    ),
    "an old installation": (
        "CREATE TABLE public.alembic_version (); CREATE MATERIALIZED VIEW public.module_participation AS SELECT 1",
        "schema: an old installation is still in public, where it is no longer used",
    ),
}
CORRECTED = (
    f"ALTER ROLE {SERVICE} NOBYPASSRLS NOSUPERUSER",
    f"REVOKE {SERVICE} FROM {ALL}",
    f"REVOKE {STRANGER} FROM {SERVICE}",
)


async def _changed(url: str, *statements: str) -> None:
    async with opened(url) as backend:
        for statement in statements:
            await backend.sql(statement)


@pytest.fixture(scope="module")
def protected(server: str) -> str:
    """The name of a database that is as it should be, to be copied."""
    return asyncio.run(_protected(server))


async def _protected(server: str) -> str:
    name = "unified_dental_protected"
    await role_made(server, STRANGER, "NOLOGIN CREATEROLE")
    async with opened(await supabase(server, name)) as backend:
        await upgrade(backend.database.engine, role=SERVICE)
    return name


@pytest.fixture
def checked_url(server: str, protected: str) -> Iterator[str]:
    """The URL of a copy."""
    yield asyncio.run(created(server, "unified_dental_checked", protected))
    asyncio.run(on_server(server, *CORRECTED))


class TestCheck:
    def test_all_is_well(self, checked_url: str, production: Settings) -> None:
        assert did({"DATABASE_URL": as_service(checked_url)}, "check", **production).exit_code == 0

    @pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN)
    def test_what_is_missing_fails_in_production(
        self, checked_url: str, change: str, said: str, production: Settings
    ) -> None:
        asyncio.run(on_server(checked_url, *change.split("; ")))
        settings = {"DATABASE_URL": as_service(checked_url)}
        checked = did(settings, "check", **production)
        assert told(checked, f"wrong: {said}")
        assert checked.exit_code == 1
        warned = did(settings, "check")
        assert told(warned, f"warning: {said}")
        assert warned.exit_code == 0

    def test_the_owner_is_too_much_for_production(self, checked_url: str, production: Settings) -> None:
        checked = did({"DATABASE_URL": checked_url}, "check", **production)
        assert checked.exit_code == 1
        assert told(checked, "wrong: role of the service: it has SUPERUSER")
        assert any("owns the tables" in line for line in lines(checked))

    def test_sqlite_has_nothing_of_it(self, sqlite: str) -> None:
        checked = did({"DATABASE_URL": sqlite}, "check")
        assert checked.exit_code == 0
        assert not any("row level" in line for line in lines(checked))

    @pytest.mark.parametrize(
        "change",
        [
            ("DROP TRIGGER certificates_keeps_delete",),
            (
                "DROP TRIGGER certificates_keeps_delete",
                "CREATE TRIGGER certificates_keeps_delete BEFORE DELETE ON certificates BEGIN SELECT 1; END",
            ),
        ],
        ids=["none", "another"],
    )
    def test_a_trigger_is_missed_on_sqlite(self, sqlite: str, change: tuple[str, ...], production: Settings) -> None:
        asyncio.run(_changed(sqlite, *change))
        checked = did({"DATABASE_URL": sqlite, "EMBEDDED_DATABASE": "sqlite"}, "check", **production)
        assert checked.exit_code == 1
        assert any("wrong: immutable evidence: certificates lacks" in line for line in lines(checked))
