"""The bus: who may, in which unit of work, and which events follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from application.kernel.access import Actor, authors
from application.kernel.handlers import Handler, handles
from application.kernel.ports import Clock
from application.kernel.units import IdempotencyKey, OutboxEntry
from application.kernel.wiring import Miswired, PortSet
from domain.kernel.errors import Forbidden
from kit.examples import NOW, uid
from worlds.noteboard import (
    AUTHOR,
    LEARNER,
    Board,
    Notes,
    NoteTaken,
    NoteWritten,
    ReadBoard,
    World,
    WriteNote,
    accepted,
    refused,
    write_note,
)


@pytest.fixture
def world() -> World:
    return World()


@dataclass(frozen=True, slots=True)
class Pen(PortSet):
    """Writes, and knows what time it is."""

    notes: Notes
    clock: Clock


class TestSending:
    async def test_a_command_is_carried_out_in_one_unit_of_work(self, world: World) -> None:
        assert await world.bus.execute(WriteNote("hello"), AUTHOR) == "HELLO"
        assert world.store.written == ["hello"]
        assert world.units.counts == (1, 1, 0)

    async def test_a_set_of_ports_is_built_for_each_unit_of_work(self, world: World) -> None:
        pens: list[Pen] = []

        async def write(command: WriteNote, actor: Actor, pen: Pen) -> str:
            """Write with a pen."""
            pens.append(pen)
            pen.notes.write(f"{command.note} at {pen.clock.now():%H:%M}")
            return command.note

        bus = world.bus_of(handles(WriteNote, allow=authors)(write))
        for text in ("hello", "goodbye"):
            await bus.execute(WriteNote(text), AUTHOR)
        assert world.store.written == [f"{text} at {NOW:%H:%M}" for text in ("hello", "goodbye")]
        assert pens[0].notes is not pens[1].notes

    async def test_a_query_opens_no_unit_of_work(self, world: World) -> None:
        world.store.written.append("hello")
        assert await world.bus.ask(ReadBoard(), AUTHOR) == ["hello"]
        assert world.units.counts == (0, 0, 0)

    async def test_who_may_not_is_refused_before_anything_opens(self, world: World) -> None:
        with pytest.raises(Forbidden, match=r"^This is for authors and administrators\.$"):
            await world.bus.execute(WriteNote(), LEARNER)
        with pytest.raises(Forbidden):
            await world.bus.ask(ReadBoard(), LEARNER)
        with pytest.raises(Forbidden):
            await world.bus.execute_once(WriteNote(), LEARNER, IdempotencyKey("a", "k", "f"), accepted, refused)
        assert world.units.counts == (0, 0, 0)
        assert world.store.kept == {}

    async def test_what_happened_is_reported_in_the_same_unit_with_id_time_and_actor(self, world: World) -> None:
        await world.bus.execute(WriteNote("hello"), AUTHOR)
        assert world.store.outbox == [OutboxEntry(uid(101), NOW, NoteWritten("hello"), AUTHOR)]
        assert world.units.runs == 1

    async def test_nothing_is_reported_when_nothing_happened(self, world: World) -> None:
        assert await world.bus.execute(WriteNote(""), AUTHOR) == ""
        assert (world.store.outbox, world.store.ids) == ([], 100)

    @pytest.mark.parametrize("failure", [NoteTaken("taken"), RuntimeError("broken")])
    async def test_a_failing_handler_leaves_nothing_behind(self, world: World, failure: Exception) -> None:
        world.pace.failures = [failure]
        with pytest.raises(type(failure)):
            await world.bus.execute(WriteNote(), AUTHOR)
        assert (world.store.written, world.store.outbox) == ([], [])
        assert world.units.counts == (1, 0, 1)


class TestVersions:
    async def version(self, query: ReadBoard, actor: Actor, board: Board) -> int:
        return len(await board.notes())

    async def test_a_version_is_read_as_its_handler_would_read(self, world: World) -> None:
        async def read(query: ReadBoard, actor: Actor, board: Board) -> list[str]:
            raise AssertionError("more than its version is read")

        world.store.written.append("hello")
        bus = world.bus_of(handles(ReadBoard, allow=authors, version=self.version, view=lambda actor: "")(read))
        assert await bus.version(ReadBoard(), AUTHOR) == 1
        with pytest.raises(Forbidden):
            await bus.version(ReadBoard(), LEARNER)

    async def test_not_every_query_can_tell_it_for_less(self, world: World) -> None:
        assert await world.bus.version(ReadBoard(), AUTHOR) is None


class TestWiring:
    """A handler that asks for what it cannot have stops the start."""

    def refuses(self, world: World, function: Any, message: str) -> None:
        with pytest.raises(Miswired) as error:
            world.bus_of(function)
        assert str(error.value) == message

    def test_a_query_reads_no_port_of_the_unit(self, world: World) -> None:
        async def read(query: ReadBoard, actor: Actor, notes: Notes) -> None: ...

        handles(ReadBoard, allow=authors)(read)
        self.refuses(world, read, "the handler of ReadBoard reads Notes; use a reader")

    def test_a_query_reads_none_in_a_set_either(self, world: World) -> None:
        async def read(query: ReadBoard, actor: Actor, pen: Pen) -> None: ...

        handles(ReadBoard, allow=authors)(read)
        self.refuses(world, read, "the handler of ReadBoard reads Notes; use a reader")

    def test_a_command_comes_first(self, world: World) -> None:
        async def write(actor: Actor, command: WriteNote) -> None: ...

        handles(WriteNote, allow=authors)(write)
        self.refuses(world, write, "the handler of WriteNote must begin with its message and the actor")

    def test_the_actor_comes_second(self, world: World) -> None:
        async def write(command: WriteNote, notes: Notes, actor: Actor) -> None: ...

        handles(WriteNote, allow=authors)(write)
        self.refuses(world, write, "the handler of WriteNote must begin with its message and the actor")

    def test_the_message_is_named_by_its_kind(self, world: World) -> None:
        async def read(command: ReadBoard, actor: Actor) -> None: ...

        handles(ReadBoard, allow=authors)(read)
        self.refuses(world, read, "the handler of ReadBoard must begin with its message and the actor")

    def test_a_declared_handler_stays_a_plain_function(self) -> None:
        declared = Handler(WriteNote, write_note, authors, internal=False, raises=(NoteTaken,))
        assert write_note.__handler__ == declared  # type: ignore[attr-defined]  # the mark of @handles
