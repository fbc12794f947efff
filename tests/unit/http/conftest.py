"""The API in memory: a new one for each test, and one for all tests that leave nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from worlds.http import Api, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    await world.has_its_actor()
    async with world.client() as client:
        yield client


@pytest.fixture(scope="session")
def empty_app() -> object:
    return World().app()


@pytest.fixture
async def empty_api(empty_app: object) -> AsyncIterator[Api]:
    """The API on an empty store that all tests share: for requests that are refused, or only look."""
    async with Api.on(empty_app) as client:
        yield client
