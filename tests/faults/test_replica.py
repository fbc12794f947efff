"""Lists and reports from a streaming replica: nobody sees less than what was committed, whatever happens to it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from adapters.sql.kit.engine import database_url
from adapters.sql.kit.reads import may_use_replica
from adapters.sql.people import service_accounts, sign_in_reader
from faults.rounds import LONG
from faults.servers import OwnServer, replica_of
from faults.service import SOON, eventually, served
from integration.backends import on_server, spelled
from integration.proxy import proxied
from kit.command_line import run
from kit.measured import Measured

pytestmark = pytest.mark.fault("a replica is read")

TIMES = 40 if LONG else 5
REPORTS = ("/v1/modules", "/v1/users", "/v1/reports/participation", "/v1/reports/compliance")


@pytest.fixture(scope="module")
def replica(durable: OwnServer) -> Iterator[OwnServer]:
    """A replica of the server. Tests leave it running and following."""
    with replica_of(durable) as running:
        yield running


def on_replica(replica: OwnServer, url: str) -> str:
    """The URL of the same database there."""
    return spelled(database_url(replica.url).set(database=database_url(url).database))


def reading_from(replica_url: str, **others: Any) -> dict[str, Any]:
    """The settings. The database is new, so the replica has to copy it first."""
    return {"replica_database_url": SecretStr(replica_url), "replica_timeout": 10, **others}


async def reads(client: httpx.AsyncClient) -> dict[str, int]:
    """How many lists and reports were read, by result."""
    found = re.findall(r'^replica_reads_total\{result="(\w+)"\} (\d+)', (await client.get("/metrics")).text, re.M)
    return {result: int(count) for result, count in found}


async def drafted(client: httpx.AsyncClient, title: str) -> None:
    answer = await client.post("/v1/modules", json={"title": title})
    assert answer.status_code == 201, answer.text


async def titles(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get("/v1/modules")
    assert answer.status_code == 200, answer.text
    return [module["title"] for module in answer.json()["items"]]


@pytest.mark.parametrize("pooler", ["session", "transaction"])
async def test_each_process_shows_at_once_what_another_has_committed(
    durable_url: str, replica: OwnServer, pooler: str
) -> None:
    settings = reading_from(on_replica(replica, durable_url), database_pooler=pooler)
    async with served(durable_url, **settings) as writing, served(durable_url, **settings) as reading:
        for number in range(20):
            await drafted(writing, f"Module {number}")
            assert f"Module {number}" in await titles(reading)
        for report in REPORTS:
            assert (await reading.get(report)).status_code == 200
        counted = await reads(reading)
        assert counted.pop("replica") >= 20 + len(REPORTS)  # some need several
        assert counted == {"behind": 0, "unavailable": 0}


@pytest.mark.fault("a replica lags")
async def test_what_a_late_replica_lacks_comes_from_the_primary(
    durable_url: str, replica: OwnServer, measured: Measured
) -> None:
    url = on_replica(replica, durable_url)
    async with served(durable_url, **reading_from(url)) as client:
        await titles(client)
    async with served(durable_url, **reading_from(url, replica_timeout=0.2)) as client:
        await on_server(replica.url, "SELECT pg_wal_replay_pause()")
        try:
            stale = 0
            for number in range(TIMES):
                await drafted(client, f"Module {number}")
                stale += f"Module {number}" not in await titles(client)
            found = await reads(client)
            measured(reads=TIMES, stale=stale, from_the_primary=found["behind"])
            assert stale == 0
            assert found == {"replica": 0, "behind": TIMES, "unavailable": 0}
        finally:
            await on_server(replica.url, "SELECT pg_wal_replay_resume()")
        await is_used_again(client)


@pytest.mark.fault("a replica is killed")
async def test_a_replica_that_is_gone_is_missed_by_nobody(
    durable_url: str, replica: OwnServer, measured: Measured
) -> None:
    async with served(durable_url, **reading_from(on_replica(replica, durable_url))) as client:
        await titles(client)
        replica.kill()
        try:
            answers = await asyncio.gather(*(client.get(report) for report in REPORTS * 3))
            measured(reads=len(answers), failed=sum(answer.status_code != 200 for answer in answers))
            assert {answer.status_code for answer in answers} == {200}
            assert (await reads(client))["unavailable"] >= len(answers)
        finally:
            replica.start()
        await is_used_again(client)


@pytest.mark.fault("a replica falls silent, or is not one")
async def test_a_silent_replica_is_not_waited_for(durable_url: str, replica: OwnServer) -> None:
    async with proxied(on_replica(replica, durable_url)) as (proxy, through):
        async with served(durable_url, **reading_from(through)) as client:
            await titles(client)
        async with served(durable_url, **reading_from(through, replica_timeout=0.2)) as client:
            proxy.silent = True
            async with asyncio.timeout(SOON):
                for report in REPORTS:
                    assert (await client.get(report)).status_code == 200
            counted = await reads(client)
            assert counted.pop("unavailable") >= len(REPORTS)
            assert counted == {"replica": 0, "behind": 0}


@pytest.mark.fault("a replica falls silent, or is not one")
async def test_a_promoted_replica_is_not_read(durable: OwnServer, durable_url: str) -> None:
    with replica_of(durable) as replica:
        async with served(durable_url, **reading_from(on_replica(replica, durable_url))) as client:
            await drafted(client, "Before")
            assert "Before" in await titles(client)
            await on_server(replica.url, "SELECT pg_promote()")
            await drafted(client, "After")
            assert "After" in await titles(client)
            assert await reads(client) == {"replica": 1, "behind": 0, "unavailable": 1}


@pytest.mark.fault("a replica falls silent, or is not one")
async def test_a_replica_of_another_server_is_not_read(
    database: object, url: str, durable_url: str, replica: OwnServer
) -> None:
    async with served(durable_url, **reading_from(on_replica(replica, durable_url))) as theirs:
        await drafted(theirs, "Theirs")
        assert await titles(theirs) == ["Theirs"]
    async with served(url, **reading_from(on_replica(replica, durable_url))) as client:
        assert await titles(client) == []
        assert await reads(client) == {"replica": 0, "behind": 0, "unavailable": 1}


def test_nobody_is_authenticated_by_a_replica() -> None:
    for statement in (sign_in_reader.KNOWN, sign_in_reader.LINKED, sign_in_reader.HAS_EMAIL, service_accounts.KNOWN):
        assert not may_use_replica(statement)


async def is_used_again(client: httpx.AsyncClient) -> None:
    before = (await reads(client))["replica"]

    async def is_used() -> bool:
        await titles(client)
        return (await reads(client))["replica"] > before

    await eventually(is_used)


async def test_check_says_what_is_wrong_with_it(durable: OwnServer, durable_url: str, replica: OwnServer) -> None:
    settings = {"DATABASE_URL": durable_url, "REPLICA_DATABASE_URL": on_replica(replica, durable_url)}

    async def found(**others: str) -> str:
        done = await asyncio.to_thread(lambda: run("check", "--json", **{**settings, **others}))
        (check,) = (each for each in json.loads(done.stdout)["checks"] if each["name"] == "replica")
        return str(check["problems"] or check["status"])

    async def is_copied() -> bool:
        return await found(REPLICA_TIMEOUT="10") == "ok"

    await eventually(is_copied, 2 * SOON)  # The database is new.
    assert "accepts writes" in await found(REPLICA_DATABASE_URL=durable_url)
    assert "does not answer" in await found(REPLICA_DATABASE_URL="postgresql://postgres@127.0.0.1:1/nowhere")
    await on_server(replica.url, "SELECT pg_wal_replay_pause()")

    async def is_behind() -> bool:
        await on_server(durable.url, "SELECT pg_current_xact_id()")
        return "of the log after REPLICA_TIMEOUT" in await found(REPLICA_TIMEOUT="0.2")

    try:
        await eventually(is_behind, 2 * SOON)  # It pauses before the next record of the log.
    finally:
        await on_server(replica.url, "SELECT pg_wal_replay_resume()")
