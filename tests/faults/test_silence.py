"""A network that accepts packets and never answers: every request ends in time, and no connection is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import Modules
from application.kernel.units import StoreUnavailable, Unit
from application.people.ports import Staff
from contracts.backend import counted, save
from contracts.make import T, a_module, a_user, uid, user_id
from faults.ledger import Ledger, a_draft, assert_promised, figures
from faults.rounds import rounds
from faults.service import SOON, eventually, served
from integration.backends import SqlBackend, opened, session_of
from integration.proxy import Proxy, proxied
from kit.measured import Measured


async def reads(backend: SqlBackend) -> None:
    await backend.reader(ModuleReader).worked_on(uid(1))


async def writes_in_one_statement(backend: SqlBackend) -> None:
    await save(backend, a_module(90))


async def writes_in_a_session(backend: SqlBackend) -> None:
    async def work(unit: Unit) -> None:
        await unit.port(Staff).deactivate([user_id(1)], T)
        await unit.port(Modules).add(a_module(91))

    await backend.units.run(work)


async def takes_a_session_only(backend: SqlBackend) -> None:
    async def work(unit: Unit) -> None:
        await (await session_of(unit)).connection()

    await backend.units.run(work)


KINDS = [reads, writes_in_one_statement, writes_in_a_session, takes_a_session_only]
HASTE = {"pool_size": 2, "max_overflow": 0, "pool_timeout": 1, "connect_timeout": 1, "command_timeout": 0.5}


@pytest.mark.fault("the network of the database falls silent: connections")
@pytest.mark.parametrize("pooler", ["session", "transaction"])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_swallowed_is_given_up_and_its_place_is_free_again(
    url: str, backend: SqlBackend, kind: Callable[[SqlBackend], Awaitable[None]], pooler: str
) -> None:
    await save(backend, a_user(1))
    async with proxied(url) as (proxy, through), opened(through, pooler=pooler, **HASTE) as distant:
        await asyncio.gather(reads(distant), takes_a_session_only(distant))
        for _ in rounds(1, 3):
            proxy.silent = True
            async with asyncio.timeout(SOON):
                found = await asyncio.gather(*(kind(distant) for _ in range(4)), return_exceptions=True)
            assert [type(one) for one in found] == [StoreUnavailable] * 4
            proxy.silent = False
            await eventually(lambda: succeeds(distant))
            async with asyncio.timeout(SOON):
                await asyncio.gather(
                    *(reads(distant) for _ in range(2)), *(takes_a_session_only(distant) for _ in "ab")
                )
    assert await counted(backend) == (0, 1, 0)


async def succeeds(backend: SqlBackend) -> bool:
    try:
        await asyncio.gather(reads(backend), takes_a_session_only(backend))
    except StoreUnavailable:
        return False
    return True


@pytest.mark.fault("the network of the database falls silent: connections")
async def test_a_cancelled_caller_of_a_silent_server_keeps_no_connection(url: str, backend: SqlBackend) -> None:
    async with proxied(url) as (proxy, through), opened(through, **HASTE) as distant:
        await asyncio.gather(reads(distant), takes_a_session_only(distant))
        proxy.silent = True
        tasks = [asyncio.create_task(kind(distant)) for kind in KINDS]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(SOON):
            await asyncio.wait(tasks)
        proxy.silent = False
        await eventually(lambda: succeeds(distant))


@pytest.mark.fault("the network of the database falls silent: the service")
async def test_the_service_says_so_and_recovers_by_itself(url: str, backend: SqlBackend, measured: Measured) -> None:
    ledger = Ledger()
    async with (
        proxied(url) as (proxy, through),
        served(through, database_pool_size=2, database_max_overflow=1) as client,
    ):
        assert await ledger.post(client, "/v1/modules", a_draft("before")) == 201
        for number in rounds(1, 5):
            proxy.silent = True
            async with asyncio.timeout(2 * SOON):
                await asyncio.gather(
                    *(ledger.send(client, "GET", path) for path in ("/v1/modules", "/v1/users", "/v1/users/me") * 4),
                    *(ledger.post(client, "/v1/modules", a_draft(f"silent-{number}-{each}")) for each in range(4)),
                    watch(client, proxy),
                )
            assert ledger.statuses[503] > 0
            proxy.silent = False
            await eventually(lambda: is_ready(client))
            assert (await client.get("/v1/modules")).status_code == 200
            assert await ledger.post(client, "/v1/modules", a_draft(f"after-{number}")) == 201
    measured(faults=len(rounds(1, 5)), **await figures(backend, ledger))


async def watch(client: httpx.AsyncClient, proxy: Proxy) -> None:
    """Those who run the service see the truth meanwhile, within a second."""
    assert (await client.get("/health/live")).status_code == 200
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert_promised(ready)


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200
