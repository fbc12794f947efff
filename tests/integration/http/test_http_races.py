"""Many clients at once, over real HTTP: whatever they race for, one of them gets it, and all get true answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from adapters.sql.learning.tables import enrollments
from integration.backends import opened
from integration.running import authorization, empty_url, listening

CSV = {"content-type": "text/csv"}
LESSON = {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@pytest.fixture
def address(url: str) -> Iterator[str]:
    with listening(url) as address:
        yield address


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, headers=authorization(), limits=limits, timeout=20) as client:
        yield client


async def published(client: httpx.AsyncClient) -> str:
    """The address of a published module."""
    made = await client.post("/v1/modules", json={"title": "Hand hygiene", "sections": [LESSON]})
    one = made.headers["location"]
    assert (await client.post(f"{one}/publish")).status_code == 200
    return str(one)


async def everything(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """All the items of a list."""
    items: list[dict[str, Any]] = []
    following: str | None = f"{path}?limit=200"
    while following:
        page = await client.get(following)
        items += page.json()["items"]
        following = page.links.get("next", {}).get("url")
    return items


async def enrolled_rows(url: str, module_id: UUID) -> int:
    """How many enrollments in the module the database holds."""
    async with opened(url) as backend, backend.database.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).where(enrollments.c.module_id == module_id)) or 0)


async def test_of_fifty_who_enroll_the_same_user_one_does(client: httpx.AsyncClient, url: str) -> None:
    module = await published(client)
    user = (await client.post("/v1/users", json={"email": "ana@example.com"})).json()["id"]

    answers = await asyncio.gather(*(client.post(f"{module}/enrollments", json={"user_id": user}) for _ in range(50)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    assert {answer.json().get("code") for answer in answers} == {None, "already-enrolled"}
    assert [item["user_id"] for item in await everything(client, f"{module}/enrollments")] == [user]
    if not url.startswith("memory"):
        assert await enrolled_rows(url, UUID(module.rpartition("/")[2])) == 1


async def test_twenty_posts_with_one_key_make_one_module(client: httpx.AsyncClient) -> None:
    await one_module_comes_of_twenty_posts([client])


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
async def test_twenty_posts_with_one_key_to_two_servers_make_one_module(client: httpx.AsyncClient, url: str) -> None:
    with listening(url) as address:
        async with httpx.AsyncClient(base_url=address, headers=authorization(), timeout=20) as other:
            await one_module_comes_of_twenty_posts([client, other])


async def one_module_comes_of_twenty_posts(clients: list[httpx.AsyncClient]) -> None:
    """Twenty requests with one key, to each of the servers in turn."""
    body, key = {"title": "Hand hygiene", "sections": [LESSON]}, {"idempotency-key": "hands"}

    answers = await asyncio.gather(
        *(clients[n % len(clients)].post("/v1/modules", json=body, headers=key) for n in range(20))
    )

    (module,) = await everything(clients[0], "/v1/modules")
    done = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert {answer.content for answer in done} == {done[0].content}
    assert done[0].json()["id"] == module["id"]
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {(409, "idempotency-key-in-flight")}


async def test_of_twenty_changes_of_one_version_one_happens(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/modules", json={"title": "Hand hygiene"})
    one, version = made.headers["location"], made.headers["etag"]

    answers = await asyncio.gather(
        *(client.patch(one, json={"summary": f"By {n}"}, headers={"if-match": version}) for n in range(20))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 19}
    (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert (await client.get(one)).json() == winner


async def test_of_twenty_sections_added_to_one_version_one_is(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/modules", json={"title": "Hand hygiene"})
    one, version = made.headers["location"], made.headers["etag"]

    answers = await asyncio.gather(
        *(client.post(f"{one}/sections", json=LESSON, headers={"if-match": version}) for _ in range(20))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: 19}
    module = (await client.get(one)).json()
    assert (module["version"], [section["position"] for section in module["sections"]]) == (2, [1])


async def test_of_twenty_with_one_employee_id_one_is_registered(client: httpx.AsyncClient) -> None:
    spellings = ["E-00123", "e-00123"] * 10
    answers = await asyncio.gather(*(client.post("/v1/users", json={"employee_id": each}) for each in spellings))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {answer.json().get("code") for answer in answers} == {None, "employee-id-taken"}
    assert len((await client.get("/v1/users?has_email=false")).json()["items"]) == 1


async def test_rosters_uploaded_at_once_create_each_person_once(client: httpx.AsyncClient) -> None:
    lines = [f"person{number}@example.com,Person {number},Hygiene\n" for number in range(300)]
    header = "email,full_name,department\n"
    rosters = [header + "".join(lines), header + "".join(reversed(lines)), header + "".join(lines[::2])] * 2

    answers = await asyncio.gather(
        *(client.post("/v1/users/import", content=roster, headers=CSV) for roster in rosters)
    )

    assert [answer.status_code for answer in answers] == [200] * 6
    assert sum(answer.json()["created"] for answer in answers) == 300
    assert sum(answer.json()["updated"] for answer in answers) == 0
    people = await everything(client, "/v1/users")
    assert len({person["email"] for person in people}) == len(people) == 301


async def test_conflicting_rosters_leave_each_person_as_one_of_them_says(client: httpx.AsyncClient) -> None:
    emails = [f"person{number}@example.com" for number in range(200)]
    names = ["Hygiene", "Claims", "Billing", "Clinical"]
    rosters = []
    for number, name in enumerate(names):
        order = emails if number % 2 else reversed(emails)
        rosters.append("email,department,job_title\n" + "".join(f"{email},{name},{name} job\n" for email in order))

    answers = await asyncio.gather(
        *(client.post("/v1/users/import", content=roster, headers=CSV) for roster in rosters)
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    people = [person for person in await everything(client, "/v1/users") if person["email"] in emails]
    assert len({(person["department"], person["job_title"], person["version"]) for person in people}) == 1
    assert people[0]["job_title"] == f"{people[0]['department']} job"
