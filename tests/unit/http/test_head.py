"""HEAD is answered like GET wherever GET is, with the same headers and without a body (RFC 9110, 9.3.2)."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any
from uuid import UUID

import httpx
import pytest

from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.http.routes import ROUTES
from kit.about import about
from kit.adding_over_http import add_missing
from worlds.http_stage import Stage, staged

SERVICE = [
    "/",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/schema",
    "/schema/openapi.json",
    "/schema/assets/start.js",
]
NOTHING = ["/v1/nothing", "//", "/schema/assets/nothing"]
READS = [route for route in ROUTES if route.method == "GET"]
OWN = ["/v1/users/{user_id}/notice-preferences"]
"""Shown to the user alone."""
STREAMED = [route.path for route in READS if route.reported]
"""Made while they are sent."""
QUERIES = {"/v1/modules/{module_id}/versions/{number}/changes": "?since=1", "/v1/audit/consistency": "?first=1"}
TOKEN = {"authorization": "Bearer admin"}


@pytest.fixture(scope="module")
def stage() -> Stage:
    stage = asyncio.run(staged())
    stage.actors["admin"] = Actor(stage.names["oneself"].user_id, Role.ADMIN)
    ids: dict[str, Any] = asdict(stage.names["seen"])
    for route in READS:
        asyncio.run(add_missing(stage.api, route.path, ids, TOKEN))
    stage.added = {**ids, "delivery_id": UUID(int=1)}
    return stage


def headers_of(answer: httpx.Response, path: str) -> list[tuple[str, str]]:
    """All headers but the request's id and what is left of limits; the metrics have another length each time."""
    apart = {"x-request-id", "ratelimit"} | ({"content-length"} if path == "/metrics" else set())
    return [(name, value) for name, value in answer.headers.multi_items() if name not in apart]


@pytest.mark.parametrize("token", [TOKEN, {}], ids=["signed in", "without a token"])
async def test_head_is_answered_like_get(stage: Stage, token: dict[str, str]) -> None:
    for path in [*(route.path for route in READS), *SERVICE, *NOTHING]:
        with about(path):
            await require_equal_answers(stage, path, token)


async def require_equal_answers(stage: Stage, path: str, token: dict[str, str]) -> None:
    ids = stage.added | ({"user_id": "me"} if path in OWN else {})
    url = path.format_map(ids) + QUERIES.get(path, "")
    read = await stage.api.get(url, headers=token)
    head = await stage.api.head(url, headers=token)
    assert (head.status_code, headers_of(head, path)) == (read.status_code, headers_of(read, path))
    assert head.content == b""
    # Reports are made while they are sent.
    assert "content-length" in head.headers or path in STREAMED
    if token and path not in NOTHING:
        assert head.status_code == (302 if path == "/" else 200)


async def test_what_is_current_is_not_sent_again(stage: Stage) -> None:
    path = f"/v1/modules/{stage.names['seen'].module_id}"
    tag = (await stage.api.head(path, headers=TOKEN)).headers["etag"]
    answer = await stage.api.head(path, headers={**TOKEN, "if-none-match": tag})
    assert (answer.status_code, answer.headers["etag"], answer.content) == (304, tag, b"")


async def test_head_finds_the_mistakes_of_a_query(stage: Stage) -> None:
    read = await stage.api.get("/v1/users?limit=0", headers=TOKEN)
    head = await stage.api.head("/v1/users?limit=0", headers=TOKEN)
    assert (head.status_code, head.headers["content-length"]) == (422, str(len(read.content)))


async def test_head_changes_nothing_where_only_changes_are_made(stage: Stage) -> None:
    refused = await stage.api.head("/v1/users/deactivate", headers=TOKEN)
    assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")


async def test_head_is_offered_exactly_where_get_is(stage: Stage) -> None:
    for path in sorted({route.path for route in ROUTES if ".pdf" not in route.path} | {*SERVICE}):
        with about(path):
            url = path.format_map(
                {**stage.added, "section_id": "x", "question_id": "x", "key_id": "x", "delivery_id": "x"}
            )
            offered = (await stage.api.options(url)).headers["allow"].split(", ")
            assert ("HEAD" in offered) == ("GET" in offered)
            refused = await stage.api.request("TRACE", url, headers=TOKEN)
            assert (refused.status_code, sorted(refused.headers["allow"].split(", "))) == (405, offered)
