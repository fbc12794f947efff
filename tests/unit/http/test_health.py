"""Whether the service lives and is ready."""

from __future__ import annotations

import asyncio

from worlds.http import Api, BrokenUnits, World


async def test_it_lives_without_a_database(world: World) -> None:
    world.units = BrokenUnits(world.units, RuntimeError())
    world.checks.found = ["The database does not answer."]
    async with world.client() as api:
        response = await api.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})


async def test_it_is_ready(api: Api) -> None:
    response = await api.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready"})


async def test_it_says_why_it_is_not_ready(world: World) -> None:
    world.checks.found = ["The database does not answer.", "The disk is full."]
    async with world.client() as api:
        response = await api.get("/health/ready")
    assert (response.status_code, response.json()["code"]) == (503, "not-ready")
    assert response.json()["detail"] == "The database does not answer. The disk is full."
    assert response.headers["retry-after"] == "1"


async def test_a_check_that_fails_is_no_readiness(world: World) -> None:
    class Broken:
        async def problems(self, patience: float = 0) -> list[str]:
            raise RuntimeError("password")

    async with world.client(readiness=Broken()) as api:
        response = await api.get("/health/ready")
    assert response.status_code == 503
    assert "password" not in response.text


async def test_a_check_that_does_not_end_is_no_readiness(world: World) -> None:
    class Endless:
        async def problems(self, patience: float = 0) -> list[str]:
            await asyncio.Event().wait()
            return []

    async with world.client(readiness=Endless(), health_timeout=0.0) as api:
        response = await api.get("/health/ready")
    assert (response.status_code, response.json()["code"]) == (503, "not-ready")
