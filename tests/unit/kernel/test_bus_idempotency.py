"""Sending a command with an idempotency key: the first answer is given again."""

from __future__ import annotations

import asyncio

import pytest

from application.kernel.units import KeyInFlight, KeyReused, OutboxEntry
from kit.examples import NOW, uid
from worlds.noteboard import AUTHOR, NoteTaken, NoteWritten, World, accepted, refused


@pytest.fixture
def world() -> World:
    return World()


async def test_effect_events_and_answer_commit_together(world: World) -> None:
    assert await world.once() == ("201 HELLO", False)
    assert world.store.written == ["hello"]
    assert world.store.outbox == [OutboxEntry(uid(101), NOW, NoteWritten("hello"), AUTHOR)]
    assert world.store.kept == {("ana", "k1"): ("hello", accepted("HELLO"))}
    assert world.units.counts == (1, 1, 0)


async def test_a_repetition_is_answered_alike_and_has_no_effect(world: World) -> None:
    await world.once()
    assert await world.once() == ("201 HELLO", True)
    assert (world.store.written, len(world.store.outbox)) == (["hello"], 1)


async def test_a_key_names_one_request(world: World) -> None:
    await world.once(note="hello")
    with pytest.raises(KeyReused) as error:
        await world.once(note="goodbye")
    assert error.value.slug == "idempotency-key-reused"
    assert world.store.written == ["hello"]
    assert await world.once(note="hello") == ("201 HELLO", True)


async def test_another_key_is_another_request(world: World) -> None:
    await world.once("k1")
    assert await world.once("k2") == ("201 HELLO", False)


async def test_keys_of_different_owners_do_not_collide(world: World) -> None:
    await world.once(owner="ana", note="hello")
    assert await world.once(owner="ben", note="goodbye") == ("201 GOODBYE", False)
    assert world.store.written == ["hello", "goodbye"]


async def test_a_repetition_must_wait_for_the_first_answer(world: World) -> None:
    world.pace.go_on = asyncio.Event()
    first = asyncio.create_task(world.once())
    await world.pace.running.wait()
    with pytest.raises(KeyInFlight) as error:
        await world.once()
    assert error.value.slug == "idempotency-key-in-flight"
    other = asyncio.create_task(world.once("k2", "goodbye"))
    world.pace.go_on.set()
    assert await first == ("201 HELLO", False)
    assert await other == ("201 GOODBYE", False)
    assert await world.once() == ("201 HELLO", True)


async def test_a_key_that_another_process_holds_is_in_flight_too(world: World) -> None:
    world.store.elsewhere = {("ana", "k1")}
    with pytest.raises(KeyInFlight):
        await world.once()
    world.store.elsewhere.clear()
    assert await world.once() == ("201 HELLO", False)


async def test_an_expected_failure_is_an_answer_and_is_kept(world: World) -> None:
    world.pace.failures = [NoteTaken("taken")]
    assert await world.once() == ("409 note-taken", False)
    assert await world.once() == ("409 note-taken", True)
    assert (world.store.written, world.store.outbox) == ([], [])
    assert world.store.kept == {("ana", "k1"): ("hello", refused(NoteTaken()))}


async def test_an_answer_given_elsewhere_meanwhile_stands(world: World) -> None:
    def answer_elsewhere() -> None:
        world.store.kept["ana", "k1"] = ("hello", accepted("FIRST"))

    world.pace.failures = [NoteTaken("taken")]
    world.units.after_rollback = answer_elsewhere
    assert await world.once() == ("201 FIRST", True)


async def test_a_breakdown_is_not_kept_and_the_key_can_be_used_again(world: World) -> None:
    world.pace.failures = [RuntimeError("broken")]
    with pytest.raises(RuntimeError, match="broken"):
        await world.once()
    assert (world.store.written, world.store.kept) == ([], {})
    assert await world.once() == ("201 HELLO", False)


async def test_a_request_that_was_cut_off_leaves_its_key_free(world: World) -> None:
    world.pace.go_on = asyncio.Event()
    first = asyncio.create_task(world.once())
    await world.pace.running.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    world.pace.go_on = None
    assert await world.once() == ("201 HELLO", False)
