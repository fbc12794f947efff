"""What people owe follows whatever happens, on both databases, also where several change it at once."""

from __future__ import annotations

from random import Random
from uuid import UUID

from contracts.make import uid
from integration.backends import SqlBackend
from kit.surroundings import FixedClock
from worlds.owing import Owing


class FarIds:
    """Ids that no other backend gives out."""

    def __init__(self) -> None:
        self._last = 9_000_000

    def new(self) -> UUID:
        self._last += 1
        return uid(self._last)


def owing(backend: SqlBackend, ids: FarIds | None = None) -> Owing:
    clock = FixedClock()
    return Owing(backend.bus(clock, ids), backend.units, clock)


async def test_whatever_happens_what_is_recorded_is_what_is_computed(backend: SqlBackend) -> None:
    chance, stage = Random(3), owing(backend)
    await stage.prepare(chance)
    happened = []
    for _ in range(12):
        happened.append(await stage.happens(chance))
        await stage.settle()
    assert await stage.differing() == [], happened
    rows = await backend.sql("SELECT count(*), count(superseded_at) FROM obligation_states")
    assert rows[0][0] > rows[0][1] > 0
