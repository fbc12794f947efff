"""What `check` finds on a real PostgreSQL, each with its real cause; and what keeps `serve` from starting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from click.testing import Result
from pydantic import SecretStr

from adapters.sql.install.migrating import head
from application.kernel.access import Actor
from application.kernel.units import StoreWithoutRights
from application.people.users.commands import EditUser, RegisterUser
from application.people.users.queries import ListUsers
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.serving import application
from entrypoints.settings import ConfigurationError, Settings
from fake_supabase.published import publishing
from integration.backends import SERVICE, SqlBackend, as_service, created, on_server, opened
from integration.pooler import Mode, pooled
from kit.command_line import refused, run

Environment = dict[str, str]

NOT_WORKING = (
    "warning: worker: no scheduled job was done within the last hour, and no events are delivered meanwhile; start "
    "`unified-dental worker` beside `serve`"
)


@pytest.fixture(scope="module")
def production() -> Iterator[Environment]:
    """The settings of production, with a Supabase that answers."""
    with publishing() as supabase:
        yield {
            "ENVIRONMENT": "production",
            "SUPABASE_URL": supabase,
            "PUBLIC_URL": "https://training.example.com",
            "DATABASE_POOL_SIZE": "3",
            "DATABASE_MAX_OVERFLOW": "2",
        }


@pytest.fixture
def url(server: str, migrated: str) -> Iterator[str]:
    """The URL of a migrated, empty database, whose limits a test may change."""
    yield asyncio.run(created(server, "unified_dental_preflight", migrated))
    asyncio.run(on_server(server, f"ALTER ROLE {SERVICE} CONNECTION LIMIT -1"))


async def checked(settings: Environment, *options: str) -> Result:
    """`check`, run while this event loop may serve what it connects to."""
    return await asyncio.to_thread(lambda: run("check", *options, **settings))


def statuses(report: Result) -> dict[str, str]:
    """The status of each check in the report for programs."""
    return {check["name"]: check["status"] for check in json.loads(report.stdout)["checks"]}


async def test_all_that_is_right_is_one_table(url: str, production: Environment) -> None:
    done = await checked({**production, "DATABASE_URL": as_service(url)})
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [NOT_WORKING]
    table = [line.split("  ")[1] for line in done.stdout.splitlines() if line.startswith("ok")]
    assert table == [
        "settings",
        "kind of database",
        "public address",
        "address of Supabase",
        "webhooks",
        "audit key",
        "sign-in",
        "supabase",
        "database",
        "pooler",
        "migration",
        "schema",
        "row level security",
        "rights of other roles",
        "rights of the service",
        "role of the service",
        "reading roles",
        "immutable evidence",
        "connections",
        "clocks",
        "readiness",
        "order of events",
        "people",
    ]
    assert "1 worker x (2 x (DATABASE_POOL_SIZE 3 + DATABASE_MAX_OVERFLOW 2) + 1) = 11, at most" in done.stdout


async def test_once_a_worker_has_run_nothing_is_said_of_it(url: str, production: Environment) -> None:
    settings = {**production, "DATABASE_URL": as_service(url)}
    assert statuses(await checked(settings, "--json"))["worker"] == "warning"
    assert (await asyncio.to_thread(lambda: run("worker", "--once", **settings))).exit_code == 0
    done = await checked(settings)
    assert (done.exit_code, done.stderr) == (0, "")
    async with opened(url) as backend:
        await backend.sql("UPDATE job_runs SET finished_at = finished_at - interval '2 hours' RETURNING id")
    assert statuses(await checked(settings, "--json"))["worker"] == "warning"


class TestPooler:
    @pytest.mark.parametrize(
        ("mode", "setting", "said"),
        [
            ("session", "session", None),
            ("transaction", "transaction", None),
            ("transaction", "session", "the pooler assigns connections per transaction"),
            ("session", "transaction", "DATABASE_POOLER is transaction, but there is a pooler in session mode"),
            (None, "transaction", "DATABASE_POOLER is transaction, but there is a direct connection"),
            ("statement", "session", "the pooler assigns connections per statement"),
            ("statement", "transaction", "the pooler assigns connections per statement"),
        ],
    )
    async def test_it_is_what_the_setting_says(
        self, url: str, production: Environment, mode: Mode | None, setting: str, said: str | None
    ) -> None:
        async with pooled(url, mode or "session") as through:
            settings = {**production, "DATABASE_URL": as_service(through if mode else url), "DATABASE_POOLER": setting}
            done = await checked(settings)
            report = await checked(settings, "--json")
        if said is None:
            assert (done.exit_code, done.stderr.splitlines()) == (0, [NOT_WORKING])
            assert f"{setting}: a pooler in {mode} mode" in done.stdout
        else:
            assert refused(done, "pooler").startswith(said)
            assert statuses(report)["pooler"] == "failed"
            assert statuses(report)["readiness"] == "not-checked"

    async def test_behind_it_the_limits_of_the_server_are_not_those_of_the_pools(
        self, url: str, production: Environment
    ) -> None:
        async with pooled(url, "transaction") as through:
            settings = {**production, "DATABASE_URL": as_service(through), "DATABASE_POOLER": "transaction"}
            done = await checked(settings, "--workers", "500")
        assert done.exit_code == 0
        assert "= 5500 clients of the pooler, whose own limits must admit them" in done.stdout


class TestConnections:
    async def test_more_than_the_server_admits(self, url: str, production: Environment) -> None:
        done = await checked({**production, "DATABASE_URL": as_service(url)}, "--workers", "40")
        line = refused(done, "connections")
        assert line.startswith(
            "40 workers x (2 x (DATABASE_POOL_SIZE 3 + DATABASE_MAX_OVERFLOW 2) + 1) = 440 connections are more than "
            "max_connections 100 - superuser_reserved_connections 3 - reserved_connections 0 - used by other roles "
        )
        assert "raise max_connections, or lower DATABASE_POOL_SIZE, DATABASE_MAX_OVERFLOW or the number of" in line

    @pytest.mark.parametrize(
        ("limit", "said"),
        [
            (f"ROLE {SERVICE}", f"CONNECTION LIMIT of the role {SERVICE} = 10; ALTER ROLE {SERVICE} CONNECTION LIMIT"),
            ("DATABASE unified_dental_preflight", "CONNECTION LIMIT of the database unified_dental_preflight 10 - "),
        ],
    )
    async def test_more_than_the_role_or_the_database_is_allowed(
        self, server: str, url: str, production: Environment, limit: str, said: str
    ) -> None:
        settings = {**production, "DATABASE_URL": as_service(url)}
        await on_server(server, f"ALTER {limit} CONNECTION LIMIT 11")
        assert (await checked(settings)).exit_code == 0
        await on_server(server, f"ALTER {limit} CONNECTION LIMIT 10")
        assert said in refused(await checked(settings), "connections")


class TestMigrations:
    @pytest.mark.parametrize(
        ("revision", "said"),
        [
            ("0012", f"The database is at migration 0012, not at {head()}. Run `unified-dental migrate`."),
            ("9999", "The database is at migration 9999, which this version does not know. Install the version"),
        ],
    )
    async def test_a_missing_or_unknown_one(self, url: str, production: Environment, revision: str, said: str) -> None:
        await on_server(url, f"UPDATE training.alembic_version SET version_num = '{revision}'")  # noqa: S608  # our own words
        settings = {**production, "DATABASE_URL": as_service(url)}
        assert refused(await checked(settings), "migration").startswith(said)
        assert statuses(await checked(settings, "--json"))["people"] == "not-checked"

    async def test_two_at_once(self, url: str, production: Environment) -> None:
        await on_server(url, "INSERT INTO training.alembic_version VALUES ('9999')")
        done = await checked({**production, "DATABASE_URL": as_service(url)})
        assert f"is at migration {head()}, 9999, which" in refused(done, "migration")


class TestGrants:
    async def test_without_any_every_one_of_them_is_reported(self, url: str, production: Environment) -> None:
        """As after restoring a dump with --no-acl."""
        await on_server(url, f"REVOKE ALL ON SCHEMA training FROM {SERVICE}")
        done = await checked({**production, "DATABASE_URL": as_service(url)})
        assert refused(done, "grants").startswith("permission denied for schema training; run `unified-dental migrate`")

    @pytest.fixture
    async def service(self, url: str) -> AsyncIterator[SqlBackend]:
        async with opened(as_service(url)) as backend:
            yield backend

    async def test_a_request_that_needs_one_names_it(self, url: str, service: SqlBackend) -> None:
        ana = await service.bus().execute(RegisterUser("ana@example.com"), Actor.system())
        await on_server(url, f"REVOKE INSERT, UPDATE ON training.users FROM {SERVICE}")
        for command in (RegisterUser("bo@example.com"), EditUser(ana.id, full_name="Ana Ruiz")):
            with pytest.raises(StoreWithoutRights) as refused:
                await service.bus().execute(command, Actor.system())
            assert str(refused.value) == (
                "permission denied for table users: the role needs INSERT, UPDATE on it, which "
                "`unified-dental migrate` grants"
            )

    async def test_a_read_names_it(self, url: str, service: SqlBackend) -> None:
        await on_server(url, f"REVOKE SELECT ON training.users FROM {SERVICE}")  # noqa: S608  # our own words
        with pytest.raises(StoreWithoutRights, match="permission denied for table users: the role needs SELECT on it"):
            await service.bus().ask(ListUsers(), Actor.system())

    async def test_a_missing_policy_is_named(self, url: str, service: SqlBackend) -> None:
        await on_server(url, f"DROP POLICY {SERVICE} ON training.users")
        with pytest.raises(StoreWithoutRights, match="the role has no policy there"):
            await service.bus().execute(RegisterUser("ana@example.com"), Actor.system())


class TestStarting:
    async def started(self, settings: Environment) -> None:
        values = {name.lower(): value for name, value in settings.items()}
        service = bootstrap(Settings(**{**values, "database_url": SecretStr(values["database_url"])}))  # type: ignore[arg-type]  # as from the environment
        async with application(service).lifespan():
            pass

    async def refusal(self, settings: Environment) -> str:
        with pytest.raises(ExceptionGroup) as refused:
            await self.started(settings)
        found = refused.value.subgroup(ConfigurationError)
        assert found
        return str(found.exceptions[0])

    async def test_with_all_in_order_it_starts(self, url: str, production: Environment) -> None:
        await self.started({**production, "DATABASE_URL": as_service(url)})

    async def test_behind_a_pooler_that_would_share_its_sessions_it_does_not_start(
        self, url: str, production: Environment
    ) -> None:
        async with pooled(url, "transaction") as through:
            said = await self.refusal({**production, "DATABASE_URL": as_service(through)})
            assert "set DATABASE_POOLER=transaction" in said
            await self.started({**production, "DATABASE_URL": as_service(through), "DATABASE_POOLER": "transaction"})

    async def test_where_evidence_could_be_changed_it_does_not_start(self, url: str, production: Environment) -> None:
        await on_server(url, "DROP TRIGGER certificates_keeps_delete ON training.certificates")
        settings = {**production, "DATABASE_URL": as_service(url)}
        assert "certificates lacks its trigger certificates_keeps_delete" in await self.refusal(settings)
        await self.started({**settings, "ENVIRONMENT": "development", "SUPABASE_URL": production["SUPABASE_URL"]})

    @pytest.mark.parametrize(
        "change",
        [
            f"REVOKE INSERT ON training.users FROM {SERVICE}",
            f"ALTER ROLE {SERVICE} CONNECTION LIMIT 10",
            "UPDATE training.alembic_version SET version_num = '0012'",
        ],
    )
    async def test_what_can_be_corrected_while_it_runs_does_not_prevent_the_start(
        self, url: str, production: Environment, change: str
    ) -> None:
        await on_server(url, change)
        await self.started({**production, "DATABASE_URL": as_service(url)})

    async def test_neither_the_database_nor_supabase_must_be_up(self, production: Environment) -> None:
        down = "postgresql://service@127.0.0.1:1/training"
        await self.started({**production, "DATABASE_URL": down, "SUPABASE_URL": "http://127.0.0.1:1"})
