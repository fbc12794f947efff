"""Two servers on one PostgreSQL: neither sees into the other, and the database keeps them apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial

import httpx
import pytest
from sqlalchemy import text

from integration.backends import SqlBackend, until, waiting_for_locks
from integration.running import authorization, listening

USER = {"email": "ana@example.com"}
KEY = "register-ana"
pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
async def two(url: str, backend: SqlBackend) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Clients of two servers on one database."""
    async with AsyncExitStack() as stack:
        addresses = [stack.enter_context(listening(url)) for _ in range(2)]
        yield [
            await stack.enter_async_context(httpx.AsyncClient(base_url=address, headers=authorization()))
            for address in addresses
        ]


async def register(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/v1/users", json=USER, headers={"idempotency-key": KEY})


async def test_a_key_that_another_server_holds_is_in_flight(two: list[httpx.AsyncClient], backend: SqlBackend) -> None:
    me = (await two[0].get("/v1/users/me")).json()["id"]
    async with backend.database.engine.begin() as connection:
        name = f"{me}/{KEY}"
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
        refused = await register(two[0])

    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-in-flight")
    assert (await register(two[0])).status_code == 201


async def test_while_one_server_works_the_other_refuses_and_then_repeats_its_answer(
    two: list[httpx.AsyncClient], backend: SqlBackend
) -> None:
    await asyncio.gather(*(client.get("/v1/users/me") for client in two))
    async with backend.database.engine.begin() as connection:
        await connection.execute(text("LOCK TABLE training.users IN EXCLUSIVE MODE"))
        first = asyncio.create_task(register(two[0]))
        await until(partial(waiting_for_locks, backend))
        refused = await register(two[1])

    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-in-flight")
    assert (await first).status_code == 201
    repeated = await register(two[1])
    assert repeated.headers["idempotency-replayed"] == "true"
    assert repeated.content == (await first).content


async def test_the_slower_of_two_changes_of_one_version_is_refused(
    two: list[httpx.AsyncClient], backend: SqlBackend
) -> None:
    made = await register(two[0])
    async with backend.database.engine.begin() as connection:
        await connection.execute(text("SELECT 1 FROM training.users WHERE email = :email FOR UPDATE"), USER)
        changes = [
            asyncio.create_task(
                client.patch(
                    made.headers["location"], json={"full_name": f"Ana {n}"}, headers={"if-match": made.headers["etag"]}
                )
            )
            for n, client in enumerate(two)
        ]

        async def both_wait() -> bool:
            return await waiting_for_locks(backend) == 2

        await until(both_wait)

    answers = [await change for change in changes]
    assert sorted(answer.status_code for answer in answers) == [200, 412]
