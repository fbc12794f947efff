"""What must be settled first is, on the service's own account, and the message is then sent again."""

from __future__ import annotations

import pytest

from application.kernel.access import Actor
from application.kernel.settling import SettleFirst
from worlds.noteboard import AUTHOR, NoteWritten, World, WriteNote

DUE = WriteNote("due")


@pytest.fixture
def world() -> World:
    return World()


async def test_it_takes_effect_before_the_command_that_found_it(world: World) -> None:
    world.pace.failures = [SettleFirst(DUE)]
    assert await world.bus.execute(WriteNote("hello"), AUTHOR) == "HELLO"
    assert world.store.written == ["due", "hello"]
    assert [(entry.event, entry.actor) for entry in world.store.outbox] == [
        (NoteWritten("due"), Actor.system()),
        (NoteWritten("hello"), AUTHOR),
    ]


async def test_with_a_key_the_answer_is_kept_once(world: World) -> None:
    world.pace.failures = [SettleFirst(DUE)]
    assert await world.once() == ("201 HELLO", False)
    assert await world.once() == ("201 HELLO", True)
    assert world.store.written == ["due", "hello"]


async def test_there_is_an_end_to_it(world: World) -> None:
    world.pace.failures = [SettleFirst()] * 9
    with pytest.raises(RuntimeError, match="WriteNote has asked 5 times"):
        await world.bus.execute(WriteNote("hello"), AUTHOR)
    assert world.store.written == []
