"""A service that is asked to stop: it answers what it has begun, and is gone in time, whatever its database does."""

from __future__ import annotations

import asyncio
import signal
from uuid import UUID

import httpx
import pytest

from faults.ledger import Ledger, a_draft, assert_drafts_are_whole, assert_promised
from faults.rounds import LONG
from faults.service import SOON, eventually
from integration.backends import opened
from integration.proxy import proxied
from integration.running import ServerProcess, authorization
from kit.measured import Measured

IMPATIENT = {
    "REQUEST_TIMEOUT": "2",
    "DATABASE_STATEMENT_TIMEOUT": "60",
    "DATABASE_COMMAND_TIMEOUT": "120",
    "DATABASE_POOL_TIMEOUT": "60",
}


REQUESTS = 1_000 if LONG else 60
"""Of each of the four clients."""


def started(url: str) -> ServerProcess:
    return ServerProcess(url).__enter__()


@pytest.mark.fault("an API process gets SIGTERM while its database is silent")
async def test_it_stops_in_time(url: str, monkeypatch: pytest.MonkeyPatch, measured: Measured) -> None:
    for name, value in IMPATIENT.items():
        monkeypatch.setenv(name, value)
    async with proxied(url) as (proxy, through):
        server = await asyncio.to_thread(started, through)
        try:
            async with httpx.AsyncClient(base_url=server.address, headers=authorization(), timeout=60) as client:
                assert (await client.get("/v1/modules")).status_code == 200
                proxy.silent = True
                asked = [
                    asyncio.create_task(client.get("/v1/users?limit=1")),
                    asyncio.create_task(client.post("/v1/modules", json={"title": "Sharps"})),
                ]

                async def are_running() -> bool:
                    return "http_requests_in_flight 3.0" in (await client.get("/metrics")).text

                await eventually(are_running)
                server.process.send_signal(signal.SIGTERM)
                answers = await asyncio.gather(*asked)
            assert await asyncio.to_thread(server.process.wait, 2 * SOON) in (0, -signal.SIGTERM)
        finally:
            server.__exit__(None, None, None)
    measured(in_flight=len(answers), answered_503=sum(answer.status_code == 503 for answer in answers))
    for answer in answers:
        assert answer.status_code == 503
        assert_promised(answer)


@pytest.mark.fault("one of two API processes gets SIGTERM under load")
async def test_one_of_two_services_stops_under_load_and_no_request_fails(
    database: object, url: str, measured: Measured
) -> None:
    """Clients go to the other one when a connection is refused, as a proxy does; a refused one has sent nothing."""
    first = await asyncio.to_thread(started, url)
    second = await asyncio.to_thread(started, url)
    ledger, went_over, failed = Ledger(), set[int](), list[str]()

    async def write(writer: int) -> None:
        addresses = [first.address, second.address]
        async with httpx.AsyncClient(headers=authorization(), timeout=SOON) as client:
            for number in range(REQUESTS):
                await asyncio.sleep(0)
                try:
                    answer = await client.post(f"{addresses[0]}/v1/modules", json=a_draft(f"w{writer}-{number}"))
                except httpx.ConnectError:
                    went_over.add(writer)
                    addresses.reverse()
                    answer = await client.post(f"{addresses[0]}/v1/modules", json=a_draft(f"w{writer}-{number}"))
                if answer.status_code != 201:
                    failed.append(answer.text)
                    continue
                ledger.acknowledged[UUID(answer.json()["id"])] = answer.json()

    try:
        writing = [asyncio.create_task(write(writer)) for writer in range(4)]

        async def is_under_load() -> bool:
            return len(ledger.acknowledged) > 20

        await eventually(is_under_load)
        first.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*writing)
        assert await asyncio.to_thread(first.process.wait, 2 * SOON) in (0, -signal.SIGTERM)
    finally:
        first.__exit__(None, None, None)
        second.__exit__(None, None, None)
    measured(requests=4 * REQUESTS, failed_requests=len(failed), went_to_the_other_process=len(went_over))
    assert failed == []
    assert went_over == {0, 1, 2, 3}
    assert len(ledger.acknowledged) == 4 * REQUESTS
    async with opened(url) as backend:
        await assert_drafts_are_whole(backend, ledger)
