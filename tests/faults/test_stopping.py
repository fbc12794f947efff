"""A service that is asked to stop while its database is silent: it answers what it has begun, and is gone in time."""

from __future__ import annotations

import asyncio
import signal

import httpx
import pytest

from faults.ledger import assert_promised
from faults.service import SOON, eventually
from integration.proxy import proxied
from integration.running import ServerProcess, authorization

IMPATIENT = {
    "REQUEST_TIMEOUT": "2",
    "DATABASE_STATEMENT_TIMEOUT": "60",
    "DATABASE_COMMAND_TIMEOUT": "120",
    "DATABASE_POOL_TIMEOUT": "60",
}


def started(url: str) -> ServerProcess:
    return ServerProcess(url).__enter__()


async def test_it_stops_in_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
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
    for answer in answers:
        assert answer.status_code == 503
        assert_promised(answer)
