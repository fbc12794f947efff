"""Requests that take too long, and those that are running when the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from application.kernel.units import SchemaBehind, StoreUnavailable, StoreWithoutRights, Unit
from worlds.http import BrokenUnits, World

R = TypeVar("R")


class EndlessUnits:
    """Units in which nothing ever ends."""

    def __init__(self, world: World) -> None:
        self.ports = world.units.ports
        self.begun = asyncio.Event()
        self.cancelled = 0

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        raise AssertionError("unreachable")


async def test_a_request_that_takes_too_long_is_given_up(world: World) -> None:
    world.units = units = EndlessUnits(world)
    async with world.client(request_timeout=0.05) as api:
        response = await api.post("/v1/modules", json={"title": "Sharps"})
    assert_is_a_problem(response, "took-too-long")
    assert units.cancelled == 1


async def test_each_request_has_a_time_of_its_own(world: World) -> None:
    world.units = units = EndlessUnits(world)
    async with world.client(request_timeout=0.05) as api, asyncio.timeout(10):
        first = asyncio.create_task(api.post("/v1/modules", json={"title": "Sharps"}))
        await units.begun.wait()
        second = asyncio.create_task(api.post("/v1/modules", json={"title": "Masks"}))
        answers = [await first, await second, await api.post("/v1/modules", json={"title": "Gloves"})]
    for answer in answers:
        assert_is_a_problem(answer, "took-too-long")
    assert units.cancelled == 3


async def test_a_body_that_never_comes_has_an_end_too(world: World) -> None:
    """Behind a server that has no limit for bodies."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"title": '
        await asyncio.Event().wait()

    async with world.client(request_timeout=0.02, body_timeout=0.01) as api, asyncio.timeout(10):
        response = await api.post("/v1/modules", content=body(), headers={"content-type": "application/json"})
    assert_is_a_problem(response, "took-too-long")


async def test_an_import_has_a_time_of_its_own(world: World) -> None:
    world.units = EndlessUnits(world)
    async with world.client(request_timeout=3_600, long_timeout=0.05) as api, asyncio.timeout(10):
        response = await api.post("/v1/users/import", content=b"email\n", headers={"content-type": "text/csv"})
    assert_is_a_problem(response, "took-too-long")


async def test_a_request_that_is_cancelled_is_answered_all_the_same(world: World) -> None:
    world.units = units = EndlessUnits(world)
    sent: list[dict[str, Any]] = []
    app: Any = world.app()

    async def send(event: Any) -> None:
        sent.append(event)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(Recording(app, send)), base_url="http://test") as client:
        asking = asyncio.create_task(client.post("/v1/modules", json={"title": "Sharps"}))
        await units.begun.wait()
        asking.cancel("Task cancelled, timeout graceful shutdown exceeded")
        with pytest.raises(asyncio.CancelledError):
            await asking
    start, body = sent
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"retry-after"] == b"1"
    assert b'"code":"stopping"' in body["body"]


class Recording:
    """An application of which also is seen what nobody waits for any more."""

    def __init__(self, app: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        self._app = app
        self._send = send

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, self._send)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreUnavailable("gone"), "store-unavailable"),
        (SchemaBehind('relation "heartbeats" does not exist'), "schema-behind"),
        (StoreWithoutRights("permission denied for table users"), "database-rights-missing"),
    ],
)
async def test_a_database_that_cannot_work_is_said_as_what_it_is(world: World, error: Exception, code: str) -> None:
    world.units = BrokenUnits(world.units, error)
    async with world.client() as api:
        response = await api.post("/v1/modules", json={"title": "Sharps"})
    assert_is_a_problem(response, code)
    assert str(error) not in response.text


def assert_is_a_problem(response: httpx.Response, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (503, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) > 0
