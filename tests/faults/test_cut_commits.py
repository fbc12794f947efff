"""A commit whose answer never arrives, for each kind of write: done once or not at all, and told as what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from faults.ledger import Ledger, a_draft
from faults.service import SOON, eventually, served
from integration.backends import SqlBackend
from integration.proxy import Cut, proxied

Ask = Callable[[httpx.AsyncClient, dict[str, str]], Any]

DEFERRED = (Cut.BEFORE_STATEMENT, Cut.AFTER_STATEMENT)
SESSION = (Cut.BEFORE_COMMIT, Cut.AFTER_COMMIT)
ROSTER = "email,department\n" + "".join(f"person{number}@example.com,Hygiene\n" for number in range(20))


async def draft(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    # Without a slug of its own, so that one statement does it.
    return await client.post("/v1/modules", json={"title": "Cut"}, headers=headers)


async def register(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/v1/users", json={"email": "cut@example.com"}, headers=headers)


async def publish(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.post(f"/v1/modules/{await module_id(client)}/publish", headers=headers)


async def add_section(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    body = {"title": "More", "content": {"kind": "lesson", "markdown": "More of it."}}
    return await client.post(
        f"/v1/modules/{await module_id(client)}/sections", json=body, headers={"If-Match": "*", **headers}
    )


async def import_people(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    headers = {"content-type": "text/csv", **headers}
    return await client.post("/v1/users/import", content=ROSTER, headers=headers)


async def module_id(client: httpx.AsyncClient) -> str:
    return str((await client.get("/v1/modules?q=hand")).json()["items"][0]["id"])


EFFECTS: dict[Ask, tuple[str, int]] = {
    draft: ("SELECT count(*) FROM training_modules WHERE title = 'Cut'", 1),
    register: ("SELECT count(*) FROM users WHERE email = 'cut@example.com'", 1),
    publish: ("SELECT count(*) FROM module_versions", 1),
    add_section: ("SELECT count(*) FROM module_sections WHERE title = 'More'", 1),
    import_people: ("SELECT count(*) FROM users WHERE department = 'Hygiene'", 20),
}
EVENTS: dict[Ask, str] = {
    draft: "ModuleDrafted",
    register: "UserRegistered",
    publish: "ModulePublished",
    add_section: "ModuleEdited",
}
CASES = [
    *((ask, cut) for ask in (draft, register) for cut in DEFERRED),
    *((ask, cut) for ask in (publish, add_section, import_people) for cut in SESSION),
]


@pytest.mark.parametrize(("ask", "cut"), CASES)
async def test_without_a_key_it_is_told_and_not_done_twice(url: str, backend: SqlBackend, ask: Ask, cut: Cut) -> None:
    async with proxied(url) as (proxy, through), served(through) as client:
        await prepare(client, backend)
        before = await events(backend, ask)
        await module_id(client)
        proxy.cut = cut
        answer = await ask(client, {})
        async with asyncio.timeout(SOON):
            await proxy.ended.wait()
        assert answer.status_code == 503, answer.text
        assert answer.headers["retry-after"]
        is_done = cut in (Cut.AFTER_COMMIT, Cut.AFTER_STATEMENT)
        assert await effects(backend, ask) == (EFFECTS[ask][1] if is_done else 0)
        assert await events(backend, ask) - before == (1 if is_done and ask in EVENTS else 0)


@pytest.mark.parametrize("cut", SESSION)
@pytest.mark.parametrize("ask", EFFECTS)
async def test_with_a_key_it_may_be_repeated(url: str, backend: SqlBackend, ask: Ask, cut: Cut) -> None:
    key = {"Idempotency-Key": "cut-1"}
    async with proxied(url) as (proxy, through), served(through) as client:
        await prepare(client, backend)
        before = await events(backend, ask)
        proxy.cut = cut
        assert (await ask(client, key)).status_code == 503
        async with asyncio.timeout(SOON):
            await proxy.ended.wait()
        answer = await ask(client, key)
        assert answer.is_success, answer.text
        assert ("idempotency-replayed" in answer.headers) is (cut is Cut.AFTER_COMMIT)
        assert await effects(backend, ask) == EFFECTS[ask][1]
        assert await events(backend, ask) - before == (1 if ask in EVENTS else 0)


async def prepare(client: httpx.AsyncClient, backend: SqlBackend) -> None:
    """Have a module, and wait until what the service does by itself when it starts has been committed."""
    assert await Ledger().post(client, "/v1/modules", a_draft("hands")) == 201
    calm: list[bool] = []

    async def is_calm() -> bool:
        calm.append(not (await backend.sql(BUSY))[0][0])
        return all(calm[-5:]) and len(calm) >= 5

    await eventually(is_calm)


BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


async def effects(backend: SqlBackend, ask: Ask) -> int:
    return int((await backend.sql(EFFECTS[ask][0]))[0][0])


async def events(backend: SqlBackend, ask: Ask) -> int:
    return [name for name, _, _ in await backend.outbox()].count(EVENTS.get(ask, "nothing of this name"))
