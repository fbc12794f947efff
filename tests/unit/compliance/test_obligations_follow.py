"""What people owe follows whatever happens, in memory."""

from __future__ import annotations

from random import Random

import pytest

from worlds.memory import Timed
from worlds.owing import Owing


def stage() -> Owing:
    world = Timed()
    return Owing(world.bus(), world.units, world.clock)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_what_is_recorded_is_what_is_computed(seed: int) -> None:
    chance, owing = Random(seed), stage()
    await owing.prepare(chance)
    happened = []
    for _ in range(30):
        happened.append(await owing.happens(chance))
        await owing.settle()
        assert await owing.differing() == [], happened
