"""A commit whose answer never arrives, for each kind of write: done once or not at all, and told as what it is."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from faults.ledger import assert_promised
from faults.service import SOON, UNHURRIED, eventually, served
from faults.writes import WRITES, School, Write, effects, events, school_of
from integration.backends import SqlBackend
from integration.proxy import Cut, Proxy, proxied
from kit.measured import Measured

DEFERRED = (Cut.BEFORE_STATEMENT, Cut.AFTER_STATEMENT)
SESSION = (Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT)
DONE = (Cut.AFTER_COMMIT, Cut.AFTER_STATEMENT)
CALM = {**UNHURRIED, "work_in_server": False}
"""Nothing else commits meanwhile, so that the cut is made where it is meant."""
CASES = {
    f"{name}, {cut.name.lower()}": (write, cut)
    for name, write in WRITES.items()
    for cut in (DEFERRED if write.in_one_statement else SESSION)
}


@pytest.mark.fault("the acknowledgement of COMMIT is lost, and nothing is repeated")
@pytest.mark.parametrize(("write", "cut"), CASES.values(), ids=CASES)
async def test_without_a_key_it_is_reported_and_not_done_twice(
    url: str, backend: SqlBackend, write: Write, cut: Cut, measured: Measured
) -> None:
    async with proxied(url) as (proxy, through), served(through, **CALM) as client:
        school = await prepared(client, backend)
        before = await events(backend, write)
        await ask_and_lose(proxy, cut, school, write, {})
        done = cut in DONE
        measured(cut=1, carried_out=int(done), rows_too_many=max(0, await effects(backend, write) - write.rows))
        assert await effects(backend, write) == (write.rows if done else 0)
        assert await events(backend, write) - before == (write.events if done else 0)
        if write.repeated or not done:
            repeated = await write.ask(school, {})
            assert repeated.status_code == write.repeated if done else repeated.is_success, repeated.text
            assert await effects(backend, write) == write.rows
            assert await events(backend, write) - before == write.events


@pytest.mark.fault("the acknowledgement of COMMIT is lost, and the request repeated by its key")
@pytest.mark.parametrize("cut", SESSION)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_with_a_key_it_may_be_repeated(
    url: str, backend: SqlBackend, write: Write, cut: Cut, measured: Measured
) -> None:
    key = {"Idempotency-Key": "cut-1"}
    async with proxied(url) as (proxy, through), served(through, **CALM) as client:
        school = await prepared(client, backend)
        before = await events(backend, write)
        await ask_and_lose(proxy, cut, school, write, key)
        answer = await write.ask(school, key)
        done = await effects(backend, write)
        replayed = int("idempotency-replayed" in answer.headers)
        measured(cut=1, replayed=replayed, lost=max(0, write.rows - done), duplicates=max(0, done - write.rows))
        assert answer.is_success, answer.text
        assert ("idempotency-replayed" in answer.headers) is (cut is Cut.AFTER_COMMIT)
        assert await effects(backend, write) == write.rows
        assert await events(backend, write) - before == write.events


async def ask_and_lose(proxy: Proxy, cut: Cut, school: School, write: Write, headers: dict[str, str]) -> None:
    """Ask for it, and lose the connection on which it is committed."""
    proxy.cut = cut
    answer = await write.ask(school, headers)
    assert answer.status_code == 503, answer.text
    assert_promised(answer)
    async with asyncio.timeout(SOON):
        await proxy.ended.wait()


async def prepared(client: httpx.AsyncClient, backend: SqlBackend) -> School:
    """A school, as soon as what the service does by itself when it starts has been committed."""
    school = await school_of(client)
    calm: list[bool] = []

    async def is_calm() -> bool:
        calm.append(not (await backend.sql(BUSY))[0][0])
        return all(calm[-5:]) and len(calm) >= 5

    await eventually(is_calm)
    return school


BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
