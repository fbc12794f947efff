"""Who may use a connection now."""

from __future__ import annotations

import asyncio

import pytest

from adapters.sql.kit.connection_places import URGENT, Places


def places(size: int, timeout: float = 10) -> Places:
    return Places(size, timeout)


async def has_none(places: Places, lanes: tuple[str, ...] | None) -> None:
    taking = asyncio.create_task(places.take(lanes))
    await asyncio.sleep(0)
    assert not taking.done()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking


async def test_one_lane_leaves_places_to_the_others() -> None:
    some = places(8)
    for _ in range(6):
        await some.take(("modules",))
    await has_none(some, ("modules",))
    await has_none(some, ("users", "modules"))
    await some.take(("users",))


async def test_all_lanes_together_leave_places_to_what_is_urgent() -> None:
    some = places(10)
    for number in range(8):
        await some.take((f"table {number}",))
    await has_none(some, ("users",))
    await some.take(URGENT)
    await some.take(URGENT)
    await has_none(some, URGENT)


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_few_places_are_of_use_to_everything(size: int) -> None:
    some = places(size)
    for _ in range(size):
        await some.take(("modules",))
    await has_none(some, URGENT)


async def test_who_waits_is_called_in_turn_and_the_least_used_lane_first() -> None:
    some = places(4)
    called: list[str] = []

    async def take(name: str, *lanes: str) -> None:
        await some.take(lanes)
        called.append(name)

    for _ in range(3):
        await some.take(("modules",))
    await some.take(("users",))
    waiting = [asyncio.create_task(take(*each)) for each in (("a", "modules"), ("b", "modules"), ("c", "users"))]
    await asyncio.sleep(0)
    some.give_back(("modules",))
    some.give_back(("modules",))
    await asyncio.sleep(0)
    assert called == ["c", "a"]
    some.give_back(("users",))
    await asyncio.gather(*waiting)
    assert called == ["c", "a", "b"]


async def test_waiting_has_an_end_and_costs_no_place() -> None:
    some = places(1, timeout=0.01)
    await some.take(())
    with pytest.raises(TimeoutError):
        await some.take(())
    some.give_back(())
    await some.take(())
    assert some.used == 1


async def test_a_place_freed_while_a_waiter_leaves_is_not_lost() -> None:
    some = places(1)
    await some.take(())
    waiting = asyncio.create_task(some.take(()))
    await asyncio.sleep(0)
    some.give_back(())
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert some.used == 0
    await some.take(())


async def test_a_waiter_that_leaves_the_queue_is_not_called() -> None:
    some = places(1)
    await some.take(())
    waiting = [asyncio.create_task(some.take(())) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    some.give_back(())
    await waiting[1]
    assert some.used == 1
    some.give_back(())
    await waiting[2]
    some.give_back(())
    await some.all_given_back()
