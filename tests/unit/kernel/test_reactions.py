"""Reactions: what follows from an event takes effect with what caused it, or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from application.kernel.access import Actor
from application.kernel.ports import Clock
from application.kernel.reactions import Reaction, concludes, discover_reactions, reacts
from application.kernel.wiring import Miswired
from worlds.noteboard import AUTHOR, Board, NoteFiled, Notes, NoteTaken, NoteWritten, World, WriteNote, write_note


@pytest.fixture
def world() -> World:
    return World()


def reaction(function: Any) -> Reaction:
    declared: Reaction = function.__reaction__
    return declared


@reacts(NoteWritten)
async def file_notes(events: Sequence[NoteWritten], actor: Actor, notes: Notes) -> None:
    """What was written is filed."""
    for event in events:
        notes.file(event.note)


class TestRunning:
    async def test_what_follows_is_reported_after_what_caused_it(self, world: World) -> None:
        told: list[Any] = []
        bus = world.bus_of(write_note, reactions=[reaction(file_notes)])
        bus.listen(told.extend)
        await bus.execute(WriteNote("hello"), AUTHOR)
        assert told == [NoteWritten("hello"), NoteFiled("hello")]
        assert [(entry.event, entry.actor) for entry in world.store.outbox] == [(event, AUTHOR) for event in told]
        assert world.units.counts == (1, 1, 0)

    async def test_consequences_have_consequences(self, world: World) -> None:
        @reacts(NoteFiled)
        async def copy(events: Sequence[NoteFiled], actor: Actor, notes: Notes) -> None:
            """What was filed is copied."""
            for event in events:
                if len(event.note) < 3:
                    notes.write(event.note * 2)

        bus = world.bus_of(write_note, reactions=[reaction(file_notes), reaction(copy)])
        await bus.execute(WriteNote("a"), AUTHOR)
        assert world.store.written == ["a", "aa", "aaaa"]
        assert [entry.event for entry in world.store.outbox][-1] == NoteFiled("aaaa")

    async def test_those_of_one_event_run_in_the_order_in_which_they_were_given(self, world: World) -> None:
        @reacts(NoteWritten)
        async def shout(events: Sequence[NoteWritten], actor: Actor, notes: Notes) -> None:
            """What was written is filed in capitals."""
            notes.file("".join(event.note for event in events).upper())

        for order in ([file_notes, shout], [shout, file_notes]):
            world = World()
            bus = world.bus_of(write_note, reactions=[reaction(each) for each in order])
            await bus.execute(WriteNote("a"), AUTHOR)
            filed = [entry.event for entry in world.store.outbox[1:]]
            expected = [NoteFiled("a"), NoteFiled("A")]
            assert filed == (expected if order[0] is file_notes else expected[::-1])

    async def test_when_one_fails_nothing_has_happened(self, world: World) -> None:
        @reacts(NoteFiled, raises=[NoteTaken])
        async def object_to_it(events: Sequence[NoteFiled], actor: Actor) -> None:
            """Nothing is filed."""
            raise NoteTaken("full")

        bus = world.bus_of(write_note, reactions=[reaction(file_notes), reaction(object_to_it)])
        with pytest.raises(NoteTaken):
            await bus.execute(WriteNote("hello"), AUTHOR)
        assert (world.store.written, world.store.outbox) == ([], [])
        assert world.units.counts == (1, 0, 1)

    async def test_a_circle_ends_and_nothing_has_happened(self, world: World) -> None:
        @reacts(NoteFiled)
        async def file_again(events: Sequence[NoteFiled], actor: Actor, notes: Notes) -> None:
            """What was filed is filed."""
            notes.file("again")

        bus = world.bus_of(write_note, reactions=[reaction(file_notes), reaction(file_again)])
        with pytest.raises(RuntimeError, match="caused each other for 10 rounds: NoteFiled"):
            await bus.execute(WriteNote("hello"), AUTHOR)
        assert (world.store.written, world.store.outbox) == ([], [])

    async def test_one_that_concludes_finds_what_all_others_have_written(self, world: World) -> None:
        seen: list[Any] = []

        @concludes(NoteWritten, NoteFiled)
        async def count(events: Sequence[NoteWritten | NoteFiled], actor: Actor, notes: Notes) -> None:
            """What has happened is counted, and written down once."""
            seen.append(events)
            if len(seen) == 1:
                notes.file("counted")

        bus = world.bus_of(write_note, reactions=[reaction(count), reaction(file_notes)])
        await bus.execute(WriteNote("hello"), AUTHOR)
        assert seen == [(NoteWritten("hello"), NoteFiled("hello")), (NoteFiled("counted"),)]
        assert [entry.event for entry in world.store.outbox][-1] == NoteFiled("counted")

    async def test_they_may_ask_for_whatever_the_application_has(self, world: World) -> None:
        seen: list[Any] = []

        @reacts(NoteWritten)
        async def look(events: Sequence[NoteWritten], actor: Actor, board: Board, clock: Clock) -> None:
            """Somebody looks at the board."""
            seen.append((list(await board.notes()), clock.now()))

        await world.bus_of(write_note, reactions=[reaction(look)]).execute(WriteNote("hello"), AUTHOR)
        assert seen == [([], world.store.now())]


class TestWiring:
    def test_events_and_actor_come_first(self, world: World) -> None:
        @reacts(NoteWritten)
        async def look(actor: Actor, events: Sequence[NoteWritten]) -> None: ...

        with pytest.raises(Miswired, match=r"^the reaction look must begin with its events and the actor$"):
            world.bus_of(write_note, reactions=[reaction(look)])


PREAMBLE = """
from application.kernel.access import Actor
from application.kernel.reactions import reacts
from domain.kernel.aggregate import DomainEvent

class Greeted(DomainEvent):
    pass

@reacts(Greeted)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "courtesies"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "courtesies"]:
        del sys.modules[name]


def test_they_are_found_in_the_order_of_modules(package: Path) -> None:
    for module, name in (("b", "wave"), ("a", "nod")):
        source = f'async def {name}(events: object, actor: Actor) -> None:\n    """It is answered."""'
        (package / f"{module}.py").write_text(PREAMBLE + dedent(source))
    (package / "c.py").write_text("from courtesies.a import nod")
    assert [each.function.__name__ for each in discover_reactions("courtesies")] == ["nod", "wave"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            'def nod(events: object, actor: Actor) -> None:\n    """Yes."""',
            "the reaction nod must be an async function",
        ),
        (
            "async def nod(events: object, actor: Actor) -> None: ...",
            "the reaction nod needs a docstring that says what follows",
        ),
    ],
)
def test_a_broken_rule_stops_the_start(package: Path, source: str, message: str) -> None:
    (package / "a.py").write_text(PREAMBLE + source)
    with pytest.raises(Miswired) as error:
        discover_reactions("courtesies")
    assert str(error.value) == message
