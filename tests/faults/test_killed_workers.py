"""Workers that are killed in the middle of deliveries: nothing is lost, and nothing takes effect twice."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from application.delivery.ports import DeliveryReader
from application.kernel.access import Actor
from application.kernel.units import Outbox, OutboxEntry, Unit
from contracts.make import T, uid
from domain.learning.enrollment_events import ModuleStarted
from faults.rounds import LONG
from faults.service import SOON, eventually
from integration.backends import SqlBackend, opened
from kit.measured import Measured

ROOT = Path(__file__).resolve().parents[2]
WORKERS, LEARNERS = 3, 12
KILLS, EVENTS = (60, 3_000) if LONG else (6, 300)


@contextmanager
def workers(url: str, path: Path) -> Iterator[Callable[[], None]]:
    """Several workers; calling the result kills one of them and starts another."""
    command = [sys.executable, "-m", "faults.delivering_worker", url, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("src", "tests", ""))}

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment)  # noqa: S603  # our own command

    running = [start() for _ in range(WORKERS)]
    chance = random.Random(7)

    def kill_one() -> None:
        victim = running.pop(chance.randrange(WORKERS))
        victim.kill()
        victim.wait()
        running.append(start())

    try:
        yield kill_one
    finally:
        for each in running:
            each.kill()
            each.wait()


async def happen(backend: SqlBackend, first: int, count: int) -> None:
    """So many events about the learners, each committed by itself."""
    for number in range(first, first + count):
        event = ModuleStarted(uid(number), uid(1_000 + number % LEARNERS), uid(number))

        async def append(unit: Unit, number: int = number, event: ModuleStarted = event) -> None:
            await unit.port(Outbox).append([OutboxEntry(uid(100_000 + number), T, event, Actor.system())])

        await backend.units.run(append)


def received(path: Path) -> list[tuple[str, str, int]]:
    """What has reached the receiver, in order: the event, the learner, and the event's position."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [(event, learner, int(position)) for event, learner, position in (line.split() for line in lines)]


@pytest.mark.fault("a worker is killed (kill -9) in mid-delivery")
async def test_workers_that_are_killed(durable_url: str, tmp_path: Path, measured: Measured) -> None:
    path = tmp_path / "received"
    async with opened(durable_url) as backend:
        reader = backend.reader(DeliveryReader)

        async def all_done() -> bool:
            return len({event for event, _, _ in received(path)}) == EVENTS and await reader.counts() == []

        with workers(durable_url, path) as kill_one:
            for kill in range(KILLS):
                await happen(backend, kill * EVENTS // KILLS, EVENTS // KILLS)
                seen = len(received(path))

                async def goes_on(seen: int = seen) -> bool:
                    return len(received(path)) > seen + 5 or await all_done_so_far()

                async def all_done_so_far(planned: int = (kill + 1) * EVENTS // KILLS) -> bool:
                    return len({event for event, _, _ in received(path)}) >= planned

                await eventually(goes_on, 4 * SOON)
                await asyncio.to_thread(kill_one)
            await eventually(all_done, 8 * SOON)

    effects: dict[str, tuple[str, int]] = {}
    repeated = 0
    for event, learner, position in received(path):
        repeated += event in effects
        effects.setdefault(event, (learner, position))
    happenings = {position for _, position in effects.values()}
    measured(
        kills=KILLS,
        events=EVENTS,
        lost=EVENTS - len(happenings),
        deliveries_repeated=repeated,
        duplicate_effects_by_id=len(effects) - len(happenings),
    )
    assert len(effects) == len(happenings) == EVENTS, "none is lost, and none has two ids"
    assert repeated <= 5 * KILLS, "what those killed had begun is repeated, and nothing else"
    for each in {learner for learner, _ in effects.values()}:
        positions = [position for learner, position in effects.values() if learner == each]
        assert positions == sorted(positions)
