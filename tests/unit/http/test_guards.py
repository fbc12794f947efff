"""What every answer says to browsers, whatever it is about."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.types import Receive, Scope, Send

from entrypoints.http.kit.observe import Metrics, Observed
from unit.http.test_observe import get_from
from worlds.http import Api, BrokenUnits, World

GUARDS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


def guarded(answer: Any) -> None:
    assert {name: answer.headers.get_list(name) for name in GUARDS} == {name: [v] for name, v in GUARDS.items()}
    assert len(answer.headers.get_list("content-security-policy")) == 1
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len(answer.headers.get_list("cache-control")) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/modules"),
        ("GET", "/v1/users/me"),
        ("GET", "/v1/nothing"),
        ("GET", "//v1/modules"),
        ("PUT", "/v1/modules"),
        ("HEAD", "/v1/modules"),
        ("POST", "/v1/modules"),
        ("PATCH", "/v1/users/me"),
        ("OPTIONS", "/v1/modules"),
        ("OPTIONS", "/v1/nothing"),
        ("GET", "/health/live"),
        ("GET", "/health/ready"),
        ("GET", "/metrics"),
        ("GET", "/schema"),
        ("GET", "/schema/openapi.json"),
        ("GET", "/schema/assets/start.js"),
        ("GET", "/schema/assets/nothing"),
        ("GET", "/v1/verify/nothing"),
    ],
)
async def test_every_answer_is_guarded(api: Api, method: str, path: str) -> None:
    guarded(await api.request(method, path))


async def test_a_change_is_guarded_and_nobody_keeps_it_nor_its_repetition(api: Api) -> None:
    for replayed in (None, "true"):
        made = await api.post("/v1/modules", json={"title": "X"}, headers={"idempotency-key": "k"})
        guarded(made)
        assert made.headers.get("idempotency-replayed") == replayed
        assert (made.headers["cache-control"], made.headers["vary"]) == ("no-store", "Authorization")


async def test_failures_are_guarded(world: World) -> None:
    world.units = BrokenUnits(world.units, RuntimeError("secret"))
    async with world.client() as api:
        answer = await api.post("/v1/modules", json={"title": "X"})
    assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
    guarded(answer)

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret")

    guarded(await get_from(Observed(broken, Metrics())))


async def test_the_page_alone_may_load_anything(api: Api) -> None:
    policy = (await api.get("/schema")).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    for path in ("/v1/modules", "/schema/openapi.json", "/schema/assets/start.js", "/v1/nothing"):
        assert (
            (await api.get(path)).headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors")
        )


async def test_what_everybody_is_shown_alike_may_be_kept(api: Api) -> None:
    kept = {
        path: (await api.get(path)).headers for path in ("/schema", "/schema/openapi.json", "/schema/assets/start.js")
    }
    assert {path: headers["cache-control"] for path, headers in kept.items()} == {
        "/schema": "no-cache",
        "/schema/openapi.json": "no-cache",
        "/schema/assets/start.js": "public, max-age=3600",
    }
    assert not [path for path, headers in kept.items() if "vary" in headers]
