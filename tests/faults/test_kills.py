"""Servers and services that are killed while they work: what was acknowledged is there, once and whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import httpx
import pytest

from faults.ledger import Ledger, a_draft, assert_drafts_are_whole, figures
from faults.rounds import LONG, rounds
from faults.servers import OwnServer
from faults.service import SOON, eventually, served
from integration.backends import opened
from integration.running import ServerProcess, authorization
from kit.measured import Measured

WRITERS = 6
ENOUGH = 40 if LONG else 12
"""Acknowledged drafts in each round, before and after the fault."""


async def draft(client: httpx.AsyncClient, ledger: Ledger, name: str, until: Callable[[], bool]) -> None:
    """Draft modules, some with keys and repeated with them, and read lists meanwhile, whatever comes back."""
    number = 0
    while not until():
        number += 1
        key = f"{name}-{number}" if number % 2 else None
        status = await ledger.post(client, "/v1/modules", a_draft(f"{name}-{number}"), key)
        if status == 503 and key:
            await ledger.post(client, "/v1/modules", a_draft(f"{name}-{number}"), key)
        await ledger.send(client, "GET", ("/v1/modules", "/v1/users/me")[number % 2])


async def under_load(
    client: httpx.AsyncClient, ledger: Ledger, name: str, fault: Callable[[], Awaitable[object]]
) -> None:
    """Let writers write, have the fault, and go on until they have written as much again."""
    at_first = len(ledger.acknowledged)

    def are_done() -> bool:
        return over.is_set() and len(ledger.acknowledged) >= after + ENOUGH

    over, after = asyncio.Event(), at_first
    writers = [asyncio.create_task(draft(client, ledger, f"{name}-{each}", are_done)) for each in range(WRITERS)]
    async with asyncio.timeout(6 * SOON):
        await eventually(lambda: has(ledger, at_first + ENOUGH), 3 * SOON)
        await fault()
        after = len(ledger.acknowledged)
        over.set()
        await asyncio.gather(*writers)


async def has(ledger: Ledger, count: int) -> bool:
    return len(ledger.acknowledged) >= count


async def has_lost(ledger: Ledger, count: int) -> bool:
    return ledger.lost >= count


@pytest.mark.parametrize(
    "how",
    [
        pytest.param("kill", marks=pytest.mark.fault("PostgreSQL is killed (kill -9) under mixed load")),
        pytest.param("crash", marks=pytest.mark.fault("a process of PostgreSQL is killed under mixed load")),
        pytest.param("restart", marks=pytest.mark.fault("PostgreSQL restarts under mixed load")),
    ],
)
async def test_a_server_that_is_killed(durable: OwnServer, durable_url: str, how: str, measured: Measured) -> None:
    ledger = Ledger()

    async def fault() -> None:
        await asyncio.to_thread(getattr(durable, how))
        if how == "kill":
            await asyncio.to_thread(durable.start)

    async with served(durable_url, database_pool_size=4, database_max_overflow=2) as client:
        for number in rounds(1, 15):
            await under_load(client, ledger, f"{how}-{number}", fault)
            await eventually(lambda: reads(client))
        async with opened(durable_url) as backend:
            measured(faults=len(rounds(1, 15)), **await figures(backend, ledger))
            await assert_drafts_are_whole(backend, ledger)
    assert ledger.lost == 0


async def reads(client: httpx.AsyncClient) -> bool:
    return (await client.get("/v1/modules")).status_code == 200


@pytest.mark.fault("an API process is killed (kill -9) under mixed load")
async def test_a_service_that_is_killed(durable_url: str, measured: Measured) -> None:
    ledger = Ledger()
    for number in rounds(1, 15):
        with ServerProcess(durable_url) as server:
            stopped = asyncio.Event()
            async with httpx.AsyncClient(base_url=server.address, headers=authorization()) as client:
                at_first = len(ledger.acknowledged)
                writers = [
                    asyncio.create_task(draft(client, ledger, f"service-{number}-{each}", stopped.is_set))
                    for each in range(WRITERS)
                ]
                async with asyncio.timeout(6 * SOON):
                    await eventually(partial(has, ledger, at_first + ENOUGH), 3 * SOON)
                    lost = ledger.lost
                    server.process.kill()
                    await eventually(partial(has_lost, ledger, lost + 1))
                    stopped.set()
                    await asyncio.gather(*writers)
        async with opened(durable_url) as backend:
            await assert_drafts_are_whole(backend, ledger)
            found = await figures(backend, ledger)
    measured(faults=len(rounds(1, 15)), **found)
