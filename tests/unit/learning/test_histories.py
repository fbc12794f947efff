"""Whatever happens to a training, nobody is left with nothing to do and nothing in the way."""

from __future__ import annotations

import pytest

from application.assessment.queries import AttemptReader
from application.learning.progress.queries import ProgressReader
from kit.about import about
from kit.histories import History, live, steps_of
from kit.random_examples import times
from worlds.memory import Timed

PARTS = 4
"""So many tests, since one of all seeds would keep one worker busy while the others have nothing left to do."""


@pytest.mark.parametrize("part", range(PARTS))
async def test_nobody_is_stuck(part: int) -> None:
    for seed in range(part, times(4).max_examples, PARTS):
        with about(f"the seed {seed}"):
            world = Timed()
            history = History(world.bus(), world.clock, world.reader(ProgressReader), world.reader(AttemptReader))
            taken = [step async for step in live(history, steps_of(seed))]
            assert taken == steps_of(seed)
