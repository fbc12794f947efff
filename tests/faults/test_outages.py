"""A database that is frozen, unreachable or slow under load: every request is answered in time, and it ends by itself.

`make faults` keeps each outage for 30 seconds; CI until as many requests were refused as there are clients.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic

import httpx
import pytest
from sqlalchemy import text

from faults.ledger import Ledger, a_draft, assert_drafts_are_whole, figures
from faults.rounds import LONG, rounds
from faults.servers import OwnServer
from faults.service import IMPATIENT, SOON, UNHURRIED, eventually, served
from integration.backends import SqlBackend, opened, waiting_for_locks
from integration.proxy import proxied
from kit.measured import Measured

CLIENTS = 8
OUTAGE = 30.0 if LONG else 0.0
"""Seconds that an outage lasts at least."""
HASTE = {
    "database_connect_timeout": 0.5,
    "database_pool_timeout": 0.5,
    "database_statement_timeout": 0.5,
    "database_command_timeout": 0.7,
    "request_timeout": 3,
}
PATIENCE = IMPATIENT if LONG else HASTE


class Load:
    """Clients that write and read until they are stopped, with how long they waited for answers."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.ledger = Ledger()
        self.longest = 0.0
        """Seconds."""
        self._client = client
        self._stopped = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._ask(number)) for number in range(CLIENTS)]
        try:
            yield
        finally:
            self._stopped.set()
            async with asyncio.timeout(2 * SOON):
                await asyncio.gather(*tasks)

    async def _ask(self, client: int) -> None:
        number = 0
        while not self._stopped.is_set():
            number += 1
            begun = monotonic()
            if number % 2:
                slug = f"load-{client}-{number}"
                await self.ledger.post(self._client, "/v1/modules", a_draft(slug), slug)
            else:
                await self.ledger.send(self._client, "GET", "/v1/users/me")
            self.longest = max(self.longest, monotonic() - begun)

    async def acknowledges(self, more: int = 2 * CLIENTS, seconds: float = 4 * SOON) -> None:
        """Wait until so much more was written."""
        before = len(self.ledger.acknowledged)
        await eventually(lambda: _is(len(self.ledger.acknowledged) >= before + more), seconds)

    async def is_refused(self, more: int = CLIENTS) -> None:
        """Wait until so many more requests were answered with 503."""
        before = self.ledger.statuses[503]
        await eventually(lambda: _is(self.ledger.statuses[503] >= before + more), 4 * SOON)


async def _is(holds: bool) -> bool:
    return holds


async def has(outage: Load) -> None:
    """Let the outage last until clients have noticed, and as long as it must."""
    begun = monotonic()
    await outage.is_refused()
    await asyncio.sleep(max(0.0, OUTAGE - (monotonic() - begun)))


async def under(
    client: httpx.AsyncClient, url: str, measured: Measured, outage: Callable[[Load], Awaitable[None]]
) -> None:
    """Have the outage under load, and measure."""
    load = Load(client)
    async with load.running():
        await load.acknowledges()
        begun = monotonic()
        await outage(load)
        lasted, ended = monotonic() - begun, monotonic()
        await load.acknowledges(1)
        recovered = monotonic() - ended
        await load.acknowledges()
    async with opened(url) as backend:
        measured(
            **await figures(backend, load.ledger),
            seconds_of_outage=lasted,
            longest_wait_in_seconds=load.longest,
            seconds_until_it_wrote_again=recovered,
        )
        await assert_drafts_are_whole(backend, load.ledger)
    assert load.ledger.lost == 0
    assert load.ledger.statuses.keys() <= {200, 201, 409, 503}


@pytest.mark.fault("PostgreSQL is frozen under load")
async def test_a_frozen_database(durable: OwnServer, durable_url: str, measured: Measured) -> None:
    async def frozen(load: Load) -> None:
        with durable.frozen():
            await has(load)

    async with served(durable_url, **PATIENCE) as client:
        await under(client, durable_url, measured, frozen)


@pytest.mark.fault("PostgreSQL is unreachable under load: connections are refused")
async def test_a_database_that_is_gone(durable: OwnServer, durable_url: str, measured: Measured) -> None:
    async def gone(load: Load) -> None:
        await asyncio.to_thread(durable.kill)
        try:
            await has(load)
        finally:
            await asyncio.to_thread(durable.start)

    async with served(durable_url, **PATIENCE) as client:
        await under(client, durable_url, measured, gone)


@pytest.mark.fault("PostgreSQL is unreachable under load: packets are swallowed")
async def test_a_database_that_nothing_reaches(url: str, backend: SqlBackend, measured: Measured) -> None:
    async with proxied(url) as (proxy, through), served(through, **PATIENCE) as client:

        async def swallowed(load: Load) -> None:
            proxy.silent = True
            await has(load)
            proxy.silent = False

        await under(client, url, measured, swallowed)


@pytest.mark.fault("the network is slow: answers come in pieces of 64 bytes")
async def test_a_network_that_drips(url: str, backend: SqlBackend, measured: Measured) -> None:
    """Slow answers are waited for as long as the limits allow, and no request fails."""
    async with proxied(url) as (proxy, through), served(through, **UNHURRIED) as client:
        load = Load(client)
        async with load.running():
            await load.acknowledges()
            proxy.drip = (64, 0.002)
            await load.acknowledges(len(rounds(2 * CLIENTS, 200)), 20 * SOON)
        proxy.drip = None
    measured(**await figures(backend, load.ledger), longest_wait_in_seconds=load.longest)
    await assert_drafts_are_whole(backend, load.ledger)
    assert load.ledger.statuses.keys() <= {200, 201}


@pytest.mark.fault("the network is slower than any limit: a byte in a fifth of a second")
async def test_a_network_that_is_too_slow(url: str, backend: SqlBackend, measured: Measured) -> None:
    """Bytes that keep coming do not make a request wait longer than its limit."""
    async with proxied(url) as (proxy, through), served(through, **PATIENCE) as client:

        async def drips(load: Load) -> None:
            proxy.drip = (1, 0.2)
            await has(load)
            proxy.drip = None

        await under(client, url, measured, drips)


EXHAUSTED = {
    "database_pool_size": 2,
    "database_max_overflow": 0,
    "database_pool_timeout": 0.3,
    "database_lock_timeout": 4,
    "database_statement_timeout": 5,
    "database_command_timeout": 6,
}


@pytest.mark.fault("the pool is exhausted under load")
async def test_a_pool_that_is_exhausted(url: str, backend: SqlBackend, measured: Measured) -> None:
    """Two writers wait for a lock with all connections; others get a 503 in time, and go on when it is released."""
    async with served(url, **EXHAUSTED) as client:

        async def exhausted(load: Load) -> None:
            for _ in rounds(1, 10):
                async with backend.database.engine.begin() as outsider:
                    await outsider.execute(text("LOCK TABLE training.module_sections"))
                    await eventually(lambda: waiting_for_locks(backend))
                    await load.is_refused()

        await under(client, url, measured, exhausted)


@pytest.mark.fault("statements take longer than they may (statement timeout)")
async def test_statements_that_take_too_long(url: str, backend: SqlBackend, measured: Measured) -> None:
    limits = {**UNHURRIED, "database_statement_timeout": 0.3, "database_lock_timeout": 20}
    async with served(url, **limits) as client:

        async def slow(load: Load) -> None:
            for _ in rounds(1, 10):
                async with backend.database.engine.begin() as outsider:
                    await outsider.execute(text("LOCK TABLE training.module_sections"))
                    await load.is_refused()

        await under(client, url, measured, slow)
