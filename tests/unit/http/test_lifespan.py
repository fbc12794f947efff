"""Starting and stopping."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Iterator

import pytest
from litestar import Litestar

from adapters.system import ZonedCalendar
from application.delivery.scheduler import Scheduler
from application.delivery.worker import Worker
from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.cli.serving import freeze_memory
from entrypoints.http.kit.lifespan import lifespan
from entrypoints.http.kit.requests import HttpRequest
from entrypoints.settings import ConfigurationError
from worlds.delivery import Office
from worlds.http import BrokenUnits, World


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


async def test_a_worker_runs_as_long_as_the_application() -> None:
    office = Office()
    office.channel.hold = asyncio.Event()
    await office.happens(7)
    worker = Worker([office.courier()], Scheduler({}, office.units, office.clock, ZonedCalendar()))
    async with lifespan(World().bus(), [], [], worker)(Litestar()):
        await office.channel.begun.wait()
        office.channel.hold.set()
    assert office.got() == ["1"], "what was begun is finished"
    assert await office.states() == ["delivered"]


class Awaited(logging.Handler):
    """Says when something was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.came.set()


async def test_housekeeping_that_fails_stops_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    failed, housekeeping = Awaited(), logging.getLogger("unified_dental.housekeeping")
    housekeeping.addHandler(failed)
    world.units = BrokenUnits(world.units, RuntimeError("no table"))
    async with world.app().lifespan(), world.client() as api:
        await asyncio.wait_for(failed.came.wait(), 10)
        assert (await api.get("/health/live")).status_code == 200
    housekeeping.removeHandler(failed)
    failures = [record for record in caplog.records if record.name == housekeeping.name]
    assert {record.levelno for record in failures} == {logging.ERROR}
