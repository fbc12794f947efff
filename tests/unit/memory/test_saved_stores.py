"""A store in memory that is put back to what was committed at a time."""

from __future__ import annotations

import pytest

from application.kernel.units import Unit
from application.people.ports import Users
from domain.people.user_errors import EmailTaken, UserNotFound
from kit.examples import a_user, uid
from worlds.memory import World


async def name_of(world: World, number: int) -> str | None:
    return (await world.units.run(lambda unit: unit.port(Users).get(uid(number)))).full_name


async def rename(world: World, number: int, full_name: str) -> None:
    async def work(unit: Unit) -> None:
        (await unit.port(Users).get(uid(number))).full_name = full_name

    await world.units.run(work)


async def test_what_was_committed_since_is_gone_and_what_was_changed_is_as_before() -> None:
    world = World()
    await world.holds(a_user(1, full_name="Ana"))
    put_back = world.store.saved()
    for _ in range(2):
        await rename(world, 1, "Ana Ruiz")
        await world.holds(a_user(2))
        assert await name_of(world, 1) == "Ana Ruiz"
        put_back()
        assert await name_of(world, 1) == "Ana"
        with pytest.raises(UserNotFound):
            await name_of(world, 2)


async def test_unique_values_are_free_again_and_those_from_before_are_taken() -> None:
    world = World()
    await world.holds(a_user(1, email="ana@example.com"))
    put_back = world.store.saved()
    await world.holds(a_user(2, email="ben@example.com"))
    put_back()
    await world.holds(a_user(3, email="ben@example.com"))
    with pytest.raises(EmailTaken):
        await world.holds(a_user(4, email="ana@example.com"))
