"""Starting and stopping."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest
from litestar import Litestar

from application.kernel.access import Actor
from application.learning.settling import ListDue
from domain.catalogue.sections import Quiz
from domain.kernel.roles import Role
from entrypoints.cli.serving import freeze_memory
from entrypoints.http.kit.lifespan import lifespan
from entrypoints.http.kit.requests import HttpRequest
from entrypoints.settings import ConfigurationError
from worlds.http import BrokenUnits, SlowUnits, World
from worlds.school import a_school


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def noting(notes: list[str], note: str) -> Callable[[], Awaitable[None]]:
    async def hook() -> None:
        notes.append(note)

    return hook


async def somebody(request: HttpRequest) -> Actor:
    return Actor(None, Role.ADMIN)


async def test_hooks_run_in_order_and_end_in_the_other(world: World) -> None:
    notes: list[str] = []
    app = world.app(
        on_startup=[noting(notes, "database up"), noting(notes, "cache up"), freeze_memory],
        on_shutdown=[noting(notes, "database down"), noting(notes, "cache down")],
    )
    async with app.lifespan():
        assert notes == ["database up", "cache up"]
        assert gc.get_freeze_count() > 0
    assert notes[2:] == ["database down", "cache down"]


async def test_what_fails_to_start_is_still_taken_down(world: World) -> None:
    notes: list[str] = []

    async def broken() -> None:
        raise ConfigurationError("no")

    app = world.app(on_startup=[broken], on_shutdown=[noting(notes, "down")])
    with pytest.RaisesGroup(ConfigurationError, allow_unwrapped=True, flatten_subgroups=True):
        await app.lifespan().__aenter__()
    assert notes == ["down"]


async def test_real_actors_are_not_made_up(world: World) -> None:
    app = world.app(authenticate=somebody)
    async with app.lifespan(), world.client() as api:
        assert (await api.get("/v1/users")).json()["items"] == []


async def test_old_answers_are_forgotten_from_the_start(world: World) -> None:
    key = {"idempotency-key": "k"}
    async with world.client() as api:
        await api.post("/v1/users", json={"email": "ana@example.com"}, headers=key)
        world.clock.advance(timedelta(hours=25))
        world.units = housekeeping = SlowUnits(world.units)
        housekeeping.released.set()
        async with world.app(authenticate=somebody).lifespan():
            await housekeeping.finished.wait()
        response = await api.post("/v1/users", json={"email": "ana@example.com"}, headers=key)
    assert response.json()["code"] == "email-taken"


async def test_what_is_due_is_carried_out_from_the_start() -> None:
    school = await a_school(Quiz(time_limit_seconds=60))
    await school.start()
    school.pass_time(minutes=2)
    async with lifespan(school.ways, [], [])(Litestar()):
        async with asyncio.timeout(10):
            while await school.do(ListDue(), Actor.system()):  # noqa: ASYNC110  # the sweep tells nobody
                await asyncio.sleep(0)


async def test_housekeeping_that_fails_stops_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.units = BrokenUnits(world.units, RuntimeError("no table"))
    async with world.app().lifespan(), world.client() as api:
        await asyncio.sleep(0)  # The housekeeping begins as soon as nobody else has anything to do.
        assert (await api.get("/health/live")).status_code == 200
    failures = [record for record in caplog.records if record.name == "unified_dental.housekeeping"]
    assert failures
    assert {record.levelno for record in failures} == {logging.ERROR}
