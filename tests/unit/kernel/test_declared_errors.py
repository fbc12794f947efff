"""Handlers and reactions declare the expected failures that they raise, and no others."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import SecretStr

from application.catalogue.modules.commands import CreateModule
from application.kernel.access import Actor, authors
from application.kernel.bus import Bus
from application.kernel.declared_errors import ANY_COMMAND_RAISES, ANY_QUERY_RAISES, Undeclared, log_undeclared
from application.kernel.handlers import discover, handles
from application.kernel.reactions import reacts
from application.kernel.units import IdempotencyKey
from checks.raise_walk import reachable
from domain.kernel.errors import Conflict, DomainError, Forbidden, InvalidValue, NotFound, StaleVersion
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import Settings
from kit.about import about
from worlds.noteboard import AUTHOR, NoteTaken, NoteWritten, ReadBoard, World, WriteNote, accepted, refused, write_note

HANDLERS = discover()


class NoteBurnt(Conflict):
    slug = "note-burnt"


@handles(WriteNote, allow=authors)
async def burns(command: WriteNote, actor: Actor) -> str:
    """Authors burn a note."""
    raise NoteBurnt


@handles(ReadBoard, allow=authors)
async def hides(query: ReadBoard, actor: Actor) -> list[str]:
    """Authors look for the board."""
    raise NotFound


class TestBus:
    """What leaves a handler that does not declare it."""

    async def test_a_command(self) -> None:
        with pytest.raises(Undeclared, match="WriteNote has raised NoteBurnt and does not declare it"):
            await World().bus_of(burns).execute(WriteNote(), AUTHOR)

    async def test_a_command_with_a_key_keeps_no_answer(self) -> None:
        world = World()
        with pytest.raises(Undeclared, match="NoteBurnt"):
            await world.bus_of(burns).execute_once(
                WriteNote(), AUTHOR, IdempotencyKey("ana", "k", "f"), accepted, refused
            )
        assert world.store.kept == {}

    async def test_a_query(self) -> None:
        with pytest.raises(Undeclared, match="ReadBoard has raised NotFound"):
            await World().bus_of(hides).ask(ReadBoard(), AUTHOR)

    async def test_a_reaction_declares_its_own_and_the_handler_declares_it_too(self) -> None:
        @reacts(NoteWritten)
        async def silent(events: Sequence[NoteWritten], actor: Actor) -> None:
            """The note is taken."""
            raise NoteTaken

        @reacts(NoteWritten, raises=[NoteTaken])
        async def honest(events: Sequence[NoteWritten], actor: Actor) -> None:
            """The note is taken."""
            raise NoteTaken

        @reacts(NoteWritten, raises=[NoteBurnt])
        async def unknown(events: Sequence[NoteWritten], actor: Actor) -> None:
            """The note is burnt."""
            raise NoteBurnt

        def bus_with(reaction: Any) -> Bus:
            return World().bus_of(write_note, reactions=[reaction.__reaction__])

        with pytest.raises(Undeclared, match="the reaction silent has raised NoteTaken"):
            await bus_with(silent).execute(WriteNote(), AUTHOR)
        with pytest.raises(NoteTaken):
            await bus_with(honest).execute(WriteNote(), AUTHOR)
        with pytest.raises(Undeclared, match="WriteNote has raised NoteBurnt"):
            await bus_with(unknown).execute(WriteNote(), AUTHOR)

    async def test_a_subclass_is_another_error(self) -> None:
        class Reported(NoteTaken):
            slug = "note-reported"

        world = World()
        world.pace.failures = [Reported()]
        with pytest.raises(Undeclared, match="Reported"):
            await world.bus.execute(WriteNote(), AUTHOR)

    @pytest.mark.parametrize("error", [InvalidValue("is bad"), StaleVersion()])
    async def test_what_any_command_may_raise_is_declared_by_none(self, error: DomainError) -> None:
        world = World()
        world.pace.failures = [error]
        with pytest.raises(type(error)):
            await world.bus.execute(WriteNote(), AUTHOR)

    async def test_in_production_it_is_logged_and_raised_as_it_is(self, caplog: pytest.LogCaptureFixture) -> None:
        bus = World().bus_of(burns, undeclared=log_undeclared)
        with caplog.at_level(logging.WARNING), pytest.raises(NoteBurnt):
            await bus.execute(WriteNote(), AUTHOR)
        assert "WriteNote has raised NoteBurnt and does not declare it" in caplog.text


class NoIds:
    """Ids that are used up, as no command expects."""

    def new(self) -> UUID:
        raise NoteBurnt


class TestService:
    """The treatment of an undeclared error, once everything is wired."""

    @staticmethod
    def settings(environment: Literal["development", "production"]) -> Settings:
        return Settings(database_url=SecretStr("memory://"), environment=environment, embedded_database="memory")

    async def test_it_is_an_internal_error_where_the_service_is_developed(self) -> None:
        bus = bootstrap(self.settings("development"), ids=NoIds()).bus
        with pytest.raises(Undeclared):
            await bus.execute(CreateModule("Sharps"), Actor.system())

    async def test_clients_in_production_get_the_error_itself(self, caplog: pytest.LogCaptureFixture) -> None:
        bus = bootstrap(self.settings("production"), ids=NoIds()).bus
        with caplog.at_level(logging.WARNING), pytest.raises(NoteBurnt):
            await bus.execute(CreateModule("Sharps"), Actor.system())
        assert "CreateModule has raised NoteBurnt" in caplog.text


class TestDeclarations:
    """What the handlers of the application declare."""

    def test_each_declared_error_can_be_reached_from_the_handler(self) -> None:
        for handler in HANDLERS.values():
            with about(handler.message.__name__):
                unreachable = sorted(error.__name__ for error in set(handler.raises) - reachable(handler.function))
                assert not unreachable, f"nothing that the handler calls raises {unreachable}"

    def test_each_is_declared_once_and_is_of_its_own(self) -> None:
        for handler in HANDLERS.values():
            with about(handler.message.__name__):
                raised = {*handler.raises}
                assert len(raised) == len(handler.raises)
                assert not raised & {*ANY_COMMAND_RAISES, *ANY_QUERY_RAISES}, "any message may raise these"
                assert all(issubclass(error, DomainError) for error in raised)
                assert not raised & {DomainError, Conflict, NotFound}, "these have no code of their own"

    def test_what_the_handler_itself_raises_is_declared(self) -> None:
        for handler in HANDLERS.values():
            with about(handler.message.__name__):
                source = inspect.getsource(handler.function)
                raised = {error for error in reachable(handler.function) if f"raise {error.__name__}" in source}
                assert raised <= handler.failures


def test_a_refusal_by_policy_is_nobodys_declaration() -> None:
    declaring = {handler.message.__name__ for handler in HANDLERS.values() if Forbidden in handler.raises}
    assert declaring == {"StartModule", "CompleteSection"}, "these refuse some of those whom their policy lets in"
