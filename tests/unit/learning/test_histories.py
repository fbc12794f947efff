"""Whatever happens to a training, nobody is left with nothing to do and nothing in the way."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from application.assessment.queries import AttemptReader
from application.learning.progress.queries import ProgressReader
from histories import History, live, steps_of
from memory_world import Timed


@settings(max_examples=150)
@given(st.integers(0, 1_000_000))
def test_nobody_is_stuck(seed: int) -> None:
    world = Timed()
    history = History(world.bus(), world.clock, world.reader(ProgressReader), world.reader(AttemptReader))
    asyncio.run(live(history, steps_of(seed)))
