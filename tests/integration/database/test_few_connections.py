"""A database that grants fewer connections than the pools may have: work waits, and nothing is refused."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from adapters.sql.install.readiness import SqlReadiness
from adapters.sql.kit.engine import database_url
from adapters.system import SystemClock
from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import Modules
from application.kernel.units import StoreUnavailable, Unit
from contracts.backend import save
from contracts.make import a_module, uid
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import Settings
from integration.backends import PASSWORD, SqlBackend, on_server, opened, role_made, session_of, spelled
from integration.running import client_of

FEW = "unified_dental_few"
LIMIT = 5
USERS = 60


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


@pytest.fixture
async def few(server: str, url: str, backend: SqlBackend) -> str:
    """The emptied database, for a role that may have five connections."""
    await role_made(server, FEW, f"LOGIN PASSWORD '{PASSWORD}' IN ROLE unified_dental_service")
    await on_server(server, f"ALTER ROLE {FEW} CONNECTION LIMIT {LIMIT}")
    return spelled(database_url(url).set(username=FEW, password=PASSWORD))


async def statuses_of_a_user(client: httpx.AsyncClient, number: int) -> list[int]:
    drafted = await client.post("/v1/modules", json={"title": f"Sharps {number}"})
    one = drafted.headers.get("location", "/v1/modules")
    changed = await client.patch(one, json={"tags": ["osha"]}, headers={"if-match": '"1"'})
    return [
        drafted.status_code,
        changed.status_code,
        (await client.get(one)).status_code,
        (await client.get("/v1/users/me")).status_code,
    ]


async def test_of_sixty_people_at_a_time_none_is_refused(few: str) -> None:
    settings = Settings(database_url=SecretStr(few), environment="development", database_pool_timeout=60)
    async with client_of(bootstrap(settings)) as client:
        found = await asyncio.gather(*(statuses_of_a_user(client, number) for number in range(USERS)))
    assert found == [[201, 200, 200, 200]] * USERS


async def test_reading_gives_up_a_connection_so_that_writing_has_one(few: str, url: str) -> None:
    async with opened(few, pool_timeout=60) as backend:
        await save(backend, a_module(1))
        await asyncio.gather(*(backend.reader(ModuleReader).version(uid(1), drafts=True) for _ in range(2 * LIMIT)))

        async def counts(unit: Unit) -> int:
            session = await session_of(unit)
            return int(await session.scalar(text("SELECT count(*) FROM training.training_modules")) or 0)

        assert await backend.units.run(counts) == 1


async def test_another_process_gives_up_a_connection(few: str) -> None:
    async with opened(few) as greedy, opened(few, pool_timeout=30) as other:
        first, second = (SqlReadiness(each.database, SystemClock()) for each in (greedy, other))
        second.share_with(first.share_with(lambda count: None))
        all_are_open = asyncio.Barrier(LIMIT)

        async def holds(unit: Unit) -> None:
            await (await session_of(unit)).execute(text("SELECT 1"))
            await all_are_open.wait()

        await asyncio.gather(*(greedy.units.run(holds) for _ in range(LIMIT)))
        assert first.pools()["writing"]["open"] == LIMIT
        assert await other.reader(ModuleReader).version(uid(1), drafts=True) is None
        assert first.pools()["writing"]["open"] == LIMIT - 1


async def test_readiness_needs_no_connection_of_its_own(few: str) -> None:
    async with opened(few) as backend, opened(few) as greedy:
        taken = [await greedy.database.engine.connect() for _ in range(LIMIT - 1)]
        await backend.units.run(lambda unit: unit.port(Modules).prerequisites())
        assert await SqlReadiness(backend.database, SystemClock()).problems(30) == []
        for connection in taken:
            await connection.close()


async def test_waiting_ends_with_the_pool_timeout(few: str) -> None:
    async with opened(few, pool_timeout=0.5) as backend, opened(few) as greedy:
        taken = [await greedy.database.engine.connect() for _ in range(LIMIT)]
        with pytest.raises(StoreUnavailable, match="in time"):
            await backend.reader(ModuleReader).version(uid(1), drafts=True)
        with pytest.raises(StoreUnavailable, match="in time"):
            await backend.units.run(lambda unit: unit.port(Modules).get(uid(1)))
        for connection in taken:
            await connection.close()
