"""Several people in one cache, a browser's or a proxy's: nobody is shown what somebody else was shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import pytest

from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.http.routes import ROUTES
from kit.about import for_each
from kit.adding_over_http import add_missing
from kit.http_cache import HttpCache
from worlds.http_stage import Stage, staged

SERVICE = [
    "/health/live",
    "/health/ready",
    "/schema",
    "/schema/openapi.json",
    "/schema/assets/start.js",
    "/nothing/here",
]
"""Addresses beside ROUTES that can be read; `/metrics` is another one at each reading."""
QUERIES = {"/v1/modules/{module_id}/versions/{number}/changes": "?since=1", "/v1/audit/consistency": "?first=1"}


@pytest.fixture(scope="module")
def stage() -> Stage:
    """An administrator, the two people who have done everything, a manager of one of them, and a visitor."""
    stage = asyncio.run(staged())
    ana, ben, mo = (stage.names[name].user_id for name in ("seen", "hidden", "oneself"))
    stage.actors |= {
        "admin": Actor(mo, Role.ADMIN),
        "manager": Actor(mo, Role.MANAGER, ("Hygiene",)),
        "ana": Actor(ana, Role.AUTHENTICATED),
        "ben": Actor(ben, Role.AUTHENTICATED),
        "author": Actor(ben, Role.AUTHOR),
        # Whom the demonstration takes those for who bring no token.
        "nobody": Actor(mo, Role.AUTHENTICATED),
    }
    ids: dict[str, Any] = asdict(stage.names["seen"])
    for route in READS:
        asyncio.run(add_missing(stage.api, route.path, ids, of("admin")))
    stage.added = ids
    return stage


PEOPLE = ["admin", "manager", "ana", "ben", "author", "nobody", "stranger"]
IN_TURN = [*PEOPLE, *reversed(PEOPLE), *PEOPLE]
"""Each after each, so that whatever is kept may be shown to everybody else."""
READS = [route for route in ROUTES if route.method == "GET"]


def urls_of(stage: Stage, path: str) -> list[str]:
    """The address of what is Ana's, of what is Ben's, of the draft, and of one's own."""
    found = []
    for name in ("seen", "hidden", "draft"):
        ids = {field: str(value) for field, value in {**stage.added, **asdict(stage.names[name])}.items()}
        found += [path.format_map(ids), path.format_map({**ids, "user_id": "me"})]
    return [url + QUERIES.get(path, "") for url in dict.fromkeys(found)]


def of(who: str) -> dict[str, str]:
    return {} if who == "nobody" else {"authorization": f"Bearer {who}"}


def shown(response: httpx.Response) -> tuple[int, str, str | None]:
    """What somebody sees of an answer, without the id of the request."""
    body = response.text if not response.headers.get("content-type", "").endswith("pdf") else response.content.hex()
    if response.headers.get("content-type") == "application/problem+json":
        body = json.dumps({name: value for name, value in response.json().items() if name != "request_id"})
    return response.status_code, body, response.headers.get("etag")


async def in_one_cache(stage: Stage, url: str, *, shared: bool) -> HttpCache:
    """All of them ask for the address in turn, through one cache."""
    alone = {who: shown(await stage.api.get(url, headers=of(who))) for who in PEOPLE}
    cache = HttpCache(stage.api, shared=shared)
    for who in IN_TURN:
        assert shown(await cache.request("GET", url, of(who))) == alone[who], who
    return cache


@pytest.mark.parametrize("path", [route.path for route in READS] + SERVICE)
async def test_nobody_is_shown_what_somebody_else_was_shown(stage: Stage, path: str) -> None:
    for url in urls_of(stage, path):
        for shared in (False, True):
            await in_one_cache(stage, url, shared=shared)


async def test_a_browser_need_not_be_sent_the_catalogue_again(stage: Stage) -> None:
    module = f"/v1/modules/{stage.names['seen'].module_id}"
    assert (await in_one_cache(stage, module, shared=False)).revalidated > 0
    assert (await in_one_cache(stage, module, shared=True)).revalidated == 0


@pytest.mark.parametrize("route", READS, ids=lambda route: route.path)
async def test_each_answer_says_who_may_keep_it(stage: Stage, route: Any) -> None:
    personal = (
        "/v1/users",
        "/v1/attempts",
        "/v1/records",
        "/v1/credential",
        "/v1/sessions",
        "/v1/location",
        "/v1/job-",
        "/v1/obligations",
        "/v1/relief",
        "/v1/decrees",
        "/v1/requirements",
        "/v1/webhooks",
        "/v1/deliveries",
        "/v1/audit",
        "/v1/events",
    )
    catalogue = not route.path.startswith(personal) and not any(
        word in route.path
        for word in ("enrollments", "statistics", "certificates", "verify", "reports", "service-accounts", "deliveries")
    )
    (url, *_) = urls_of(stage, route.path)
    for who in PEOPLE:
        answer = await stage.api.get(url, headers=of(who))
        kept = "private, no-cache" if catalogue and answer.status_code == 200 else "no-store"
        vary = "Authorization, Accept" if route.page else "Authorization"
        assert (answer.headers["cache-control"], answer.headers["vary"]) == (kept, vary), who
        if "etag" in answer.headers:
            again = await stage.api.get(url, headers={**of(who), "if-none-match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            for name in ("etag", "cache-control", "vary"):
                assert again.headers[name] == answer.headers[name]


@dataclass
class Leaky:
    """An application that says this of all that it answers: the caller gets the name in its token."""

    headers: Mapping[str, str]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        sent = dict(scope["headers"])
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        fresh = "etag" not in self.headers or sent.get(b"if-none-match") != self.headers["etag"].encode()
        await send({"type": "http.response.start", "status": 200 if fresh else 304, "headers": headers})
        await send({"type": "http.response.body", "body": sent.get(b"authorization", b"") if fresh else b""})


class TestTheCacheItself:
    """It keeps what it may, or the tests above would show nothing."""

    async def seen_by_b(self, headers: dict[str, str], *, shared: bool = False) -> str:
        app = Leaky({name.replace("_", "-"): value for name, value in headers.items()})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            cache = HttpCache(client, shared=shared)
            for who in ("A", "B"):
                told = (await cache.request("GET", "/", {"authorization": who})).text
        return told

    @for_each(
        ("headers", "told"),
        [
            ({}, "A"),
            ({"etag": '"1"'}, "A"),
            ({"cache_control": "max-age=60"}, "A"),
            ({"cache_control": "private, no-cache", "etag": '"1"'}, "A"),
            ({"cache_control": "private, no-cache", "vary": "Authorization", "etag": '"1"'}, "A"),
            ({"cache_control": "private, no-cache", "vary": "Authorization"}, "B"),
            ({"cache_control": "private, no-cache"}, "B"),
            ({"cache_control": "no-store", "etag": '"1"'}, "B"),
            ({"vary": "*"}, "B"),
        ],
    )
    async def test_a_browsers(self, headers: dict[str, str], told: str) -> None:
        assert await self.seen_by_b(headers) == told

    @for_each(
        ("headers", "told"),
        [
            ({}, "B"),
            ({"cache_control": "public, max-age=60"}, "A"),
            ({"cache_control": "public, max-age=60", "vary": "Authorization"}, "B"),
            ({"cache_control": "s-maxage=60"}, "A"),
            ({"cache_control": "private", "etag": '"1"'}, "B"),
            ({"cache_control": "public, no-cache", "etag": '"1"'}, "A"),
        ],
    )
    async def test_a_proxys(self, headers: dict[str, str], told: str) -> None:
        assert await self.seen_by_b(headers, shared=True) == told
