"""Whatever happens to a training, nobody is left with nothing to do and nothing in the way."""

from __future__ import annotations

from application.assessment.queries import AttemptReader
from application.learning.progress.queries import ProgressReader
from kit.about import for_each
from kit.histories import History, live, steps_of
from worlds.memory import Timed


@for_each("seed", range(150))
async def test_nobody_is_stuck(seed: int) -> None:
    world = Timed()
    history = History(world.bus(), world.clock, world.reader(ProgressReader), world.reader(AttemptReader))
    taken = [step async for step in live(history, steps_of(seed))]
    assert taken == steps_of(seed)
