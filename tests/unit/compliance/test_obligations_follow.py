"""What people owe follows whatever happens, in memory."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from adapters.memory.compliance.recomputations import RECOMPUTATIONS
from application.compliance.requirements.commands import AddRequirement
from application.compliance.requirements.versions import ApproveVersion
from domain.compliance.fulfillment import Courses, CourseSet
from kit.compliance import rule
from situations.stage import OFFICER
from worlds.memory import Timed
from worlds.owing import ANOTHER, Owing


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


async def test_only_the_first_approval_is_computed_once_more() -> None:
    """Units of work that found no rules may record facts until they end, and would not be seen."""
    world = Timed()
    owing = Owing(world.bus(), world.units, world.clock)
    course = await owing.course()
    await owing.person(hired_on=owing.today)
    terms = rule(Courses(CourseSet((course.id,)))).terms
    left = []
    for number in (1, 2):
        added = await owing.do(AddRequirement(f"rule_{number}", "Rule", owing.today, "New.", terms), OFFICER)
        await owing.do(ApproveVersion(added.id, 1), ANOTHER)
        left.append([each.due_at > owing.now() for each in world.store.table(RECOMPUTATIONS).rows()])
        await owing.settle()
        assert await owing.differing() == []
    assert left == [[False, True], [True, False]]
    world.clock.advance(timedelta(minutes=11))
    assert await owing.settle() == 0
    assert list(world.store.table(RECOMPUTATIONS).rows()) == []
