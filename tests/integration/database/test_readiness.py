"""That the service calls itself ready when it can work, and says within a second why it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from adapters.sql.install.readiness import SqlReadiness
from adapters.sql.kit.engine import Database, database_url
from adapters.system import SystemClock
from application.kernel.units import StoreUnavailable, Unit
from contracts.backend import save
from contracts.make import a_user
from integration.backends import SqlBackend, on_server, opened, session_of, until
from integration.proxy import proxied


@pytest.fixture
async def readiness(database: Database) -> AsyncIterator[SqlReadiness]:
    found = SqlReadiness(database, SystemClock())
    yield found
    await found.close()


async def problems(backend: SqlBackend) -> list[str]:
    """What a process that has just started finds, within the second that it has."""
    readiness = SqlReadiness(backend.database, SystemClock())
    try:
        async with asyncio.timeout(1):
            return await readiness.problems()
    finally:
        await readiness.close()


async def test_a_healthy_database_is_ready_however_often_it_is_checked(
    readiness: SqlReadiness, backend: SqlBackend
) -> None:
    found = await asyncio.gather(*(readiness.problems() for _ in range(20)))
    assert found == [[]] * 20
    assert await readiness.problems() == []
    assert await backend.sql("SELECT count FROM heartbeats") == [(1,)]


async def test_a_write_that_found_no_space_speaks_against_it(readiness: SqlReadiness, backend: SqlBackend) -> None:
    async def work(unit: Unit) -> None:
        session = await session_of(unit)
        for statement in NO_SPACE[unit_dialect(backend)]:
            await session.execute(text(statement))

    with pytest.raises(StoreUnavailable):
        await backend.units.run(work)
    (sentence,) = await readiness.problems()
    assert "refused to write" in sentence


def unit_dialect(backend: SqlBackend) -> str:
    return backend.database.engine.dialect.name


NO_SPACE = {
    "postgresql": ["DO $$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $$"],
    "sqlite": ["PRAGMA max_page_count = 1", "CREATE TABLE large AS SELECT zeroblob(1000000)"],
}


class TestPostgresql:
    @pytest.fixture
    def url(self, postgresql: str) -> str:
        return postgresql

    async def test_all_connections_in_use_are_not_in_its_way(self, url: str, backend: SqlBackend) -> None:
        await save(backend, a_user(1))
        async with opened(url, pool_size=1, max_overflow=0) as small:
            enough, taken = asyncio.Event(), asyncio.Event()

            async def holding(unit: Unit) -> None:
                await session_of(unit)
                taken.set()
                await enough.wait()

            holds = asyncio.create_task(small.units.run(holding))
            await taken.wait()
            assert await problems(small) == []
            enough.set()
            await holds

    async def test_a_standby_is_not_ready(self, url: str, server: str, backend: SqlBackend) -> None:
        name = database_url(url).database
        await on_server(server, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        try:
            async with opened(url) as standby:
                assert await problems(standby) == ["The database cannot be written: ReadOnlySQLTransactionError."]
        finally:
            await on_server(server, f"ALTER DATABASE {name} RESET default_transaction_read_only")

    async def test_a_full_disk_is_not_ready(self, url: str, backend: SqlBackend) -> None:
        await backend.sql(
            "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        await backend.sql(
            "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON heartbeats FOR EACH ROW EXECUTE FUNCTION no_space()"
        )
        try:
            assert await problems(backend) == ["The database cannot be written: DiskFullError."]
        finally:
            await backend.sql("DROP FUNCTION no_space CASCADE")

    async def test_a_lock_on_what_it_reads_is_reported_in_time(self, backend: SqlBackend, other: SqlBackend) -> None:
        async with other.database.engine.connect() as holder:
            await holder.execute(text("LOCK TABLE training.heartbeats"))
            assert await problems(backend) == ["The database did not answer within 0.8 seconds."]
        assert await problems(backend) == []

    async def test_a_silent_network_is_reported_in_time_and_forgotten_when_it_is_over(
        self, url: str, backend: SqlBackend
    ) -> None:
        async with proxied(url) as (proxy, through), opened(through, connect_timeout=2) as distant:
            readiness = SqlReadiness(distant.database, SystemClock())
            assert await readiness.problems() == []
            proxy.silent = True
            assert await readiness.problems() == ["The database did not answer within 0.8 seconds."]
            proxy.silent = False

            async def is_ready() -> bool:
                return await readiness.problems() == []

            await until(is_ready)
            await readiness.close()

    async def test_a_table_that_is_missing_is_a_migration_that_is(self, url: str, backend: SqlBackend) -> None:
        await backend.sql("ALTER TABLE heartbeats RENAME TO pulses")
        try:
            (sentence,) = await problems(backend)
            assert sentence.endswith("Run `unified-dental migrate`.")
        finally:
            await backend.sql("ALTER TABLE pulses RENAME TO heartbeats")


class TestSqlite:
    @pytest.fixture
    def url(self, sqlite: str) -> str:
        return sqlite

    async def test_a_file_that_can_only_be_read_is_not_ready(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        async with opened(f"sqlite:///file:{path}?mode=ro&uri=true") as read_only:
            (sentence,) = await problems(read_only)
            assert "cannot be written" in sentence

    async def test_another_writer_is_a_failure_only_if_it_is_another_process(
        self, backend: SqlBackend, other: SqlBackend
    ) -> None:
        found: list[list[str]] = []

        async def writing(unit: Unit) -> None:
            await (await session_of(unit)).execute(text("UPDATE users SET version = version"))
            found.append(await problems(backend))
            found.append(await problems(other))

        await backend.units.run(writing)
        assert found == [[], ["The database does not answer: OperationalError."]]
