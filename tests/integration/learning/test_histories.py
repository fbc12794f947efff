"""A few of the histories of `tests/unit/learning/test_histories.py` on real databases, which agree with memory."""

from __future__ import annotations

import pytest

from application.assessment.queries import AttemptReader
from application.learning.progress.queries import ProgressReader
from integration.backends import SqlBackend
from kit.histories import History, steps_of, told
from kit.surroundings import FixedClock
from worlds.memory import Timed


@pytest.mark.parametrize("seed", range(5))
async def test_nobody_is_stuck(backend: SqlBackend, seed: int) -> None:
    clock = FixedClock()
    progress, attempts = backend.reader(ProgressReader), backend.reader(AttemptReader)
    stored = await told(History(backend.bus(clock), clock, progress, attempts), steps_of(seed))
    world = Timed()
    remembered = History(world.bus(), world.clock, world.reader(ProgressReader), world.reader(AttemptReader))
    assert stored == await told(remembered, steps_of(seed))
