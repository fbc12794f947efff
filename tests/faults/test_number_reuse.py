"""A crash after which PostgreSQL gives the number of a transaction that was rolled back to the next one.

It happens when nothing of the first one was flushed. Whatever was read before the crash then looks current by its
snapshot, though the second transaction has changed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from adapters.sql.kit.engine import database_url
from faults.rounds import rounds
from faults.servers import OwnServer, own_server
from faults.service import SOON, eventually, served
from integration.backends import SqlBackend, created, opened, spelled
from integration.proxy import Cut, proxied
from kit.surroundings import migrate

pytestmark = pytest.mark.fault("a number of a transaction comes up again after a crash")

FLUSHES_SELDOM = {
    # What is written without a commit stays in memory for as long as a round takes.
    "wal_writer_delay": "10s",
    "bgwriter_delay": "10s",
    "autovacuum": "off",
    # Running transactions are not logged periodically either.
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
ANY = {"If-Match": "*"}
MOST = 20
"""Writes after a crash within which the number comes up again; the service's own periodic work may take some."""


@pytest.fixture(scope="module")
def forgetful() -> Iterator[OwnServer]:
    """A server that flushes acknowledged transactions to disk, and as little else as possible."""
    with own_server(**FLUSHES_SELDOM) as own:
        yield own


@pytest.fixture(scope="module")
def own_url(forgetful: OwnServer) -> str:
    """The URL of a migrated database on it."""
    url = asyncio.run(created(forgetful.url, "crashing"))
    asyncio.run(migrate(url))
    return spelled(database_url(url))


async def snapshot(backend: SqlBackend) -> str:
    return str((await backend.sql("SELECT pg_current_snapshot()::text"))[0][0])


async def end(backend: SqlBackend) -> int:
    """The first number that no transaction has ended with."""
    return int((await backend.sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))[0][0])


async def shown(client: httpx.AsyncClient, address: str) -> list[str]:
    """The module's title in its list, in a search, in its details, and for a client that has the first version."""
    listed = await client.get("/v1/modules")
    found = await client.get("/v1/modules", params={"q": "hygiene"})
    detail = await client.get(address)
    again = await client.get(address, headers={"If-None-Match": '"1"'})
    assert {answer.status_code for answer in (listed, found, detail)} == {200}
    titles = [module["title"] for page in (listed, found) for module in page.json()["items"]]
    return [*titles, detail.json()["title"], again.json()["title"] if again.status_code == 200 else titles[0]]


async def write(client: httpx.AsyncClient, address: str, title: str) -> int:
    return (await client.patch(address, json={"title": title}, headers=ANY)).status_code


@pytest.mark.parametrize("how", ["crash", "kill"])
async def test_what_was_acknowledged_is_shown_and_what_was_rolled_back_is_not(
    forgetful: OwnServer, own_url: str, how: str
) -> None:
    for number in rounds(1, 10):
        async with (
            proxied(own_url) as (proxy, through),
            served(through, work_in_server=False) as client,
            opened(own_url) as backend,
        ):
            await backend.sql("DELETE FROM training_modules")
            made = await client.post("/v1/modules", json={"title": f"Hygiene {number}"})
            address = made.headers["location"]
            await backend.sql("CHECKPOINT")

            proxy.cut = Cut.BEFORE_COMMIT
            assert await write(client, address, "Hygiene lost") == 503
            async with asyncio.timeout(SOON):
                await proxy.ended.wait()
            before, reached = await snapshot(backend), await end(backend)
            for _ in range(3):
                assert await shown(client, address) == [f"Hygiene {number}"] * 4

            await fail(forgetful, how)
            acknowledged = ""
            for each in range(MOST):
                title = f"Hygiene {number}, acknowledged {each}"
                assert await write(client, address, title) == 200
                acknowledged = title
                async with opened(own_url) as another:
                    if await end(another) >= reached:
                        assert await snapshot(another) == before, "the number was not used again: this proves nothing"
                        break
            assert await shown(client, address) == [acknowledged] * 4


async def fail(server: OwnServer, how: str) -> None:
    """Have the server fail and recover, by itself or by being started. Nobody reads meanwhile."""
    if how == "kill":
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        return
    victim = server.crash()

    async def has_recovered() -> bool:
        try:
            async with opened(server.url) as reopened:
                writers = await reopened.sql(
                    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'"
                )
        except Exception:
            return False
        return bool(writers) and writers[0][0] != victim

    await eventually(has_recovered)
