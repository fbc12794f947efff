"""The application's surroundings in memory: what a handler needs in order to be called like any function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.store import MemoryStore
from adapters.system import ZonedCalendar
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.declared_errors import refuse_undeclared
from application.kernel.handlers import discover
from application.kernel.messages import Command, Message
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.reactions import Reactions, discover_reactions
from application.kernel.units import Unit
from application.kernel.wiring import Call
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import DomainError
from domain.kernel.roles import Role
from kit.examples import LATER, a_user, uid
from kit.saving import save_all
from kit.surroundings import FixedClock, surroundings

R = TypeVar("R")

HANDLERS, REACTIONS = discover(), discover_reactions()

ADMIN_ID = uid(500)
ADMIN = Actor(ADMIN_ID, Role.ADMIN)

ANA, BEN, LEFT = uid(1), uid(2), uid(3)


class World:
    """An empty store; it is LATER, and new ids count from 1001."""

    def __init__(self) -> None:
        self.store = store = MemoryStore(self.now)
        self.units = memory_units(store)
        self.events: list[DomainEvent] = []
        self._last_id = 1000
        self._objects: dict[type, Any] = {
            Clock: self,
            Ids: self,
            **surroundings(),
            **memory_readers(store),
        }

    def move_to(self, zone: str) -> None:
        """Have the organization in this time zone; its days are those of UTC before."""
        self._objects[Calendar] = ZonedCalendar(zone)

    def now(self) -> datetime:
        return LATER

    def new(self) -> UUID:
        self._last_id += 1
        return uid(self._last_id)

    async def holds(self, *aggregates: object) -> None:
        """Put these into the store."""
        await save_all(self.units, *aggregates)

    async def call(self, handler: Callable[..., Awaitable[R]], message: Message[R], *, actor: Actor = ADMIN) -> R:
        """Call the handler in a unit of work with what its annotations ask for; `events` then holds what happened.

        Reactions run as they do on the bus, and errors must be declared as they must there. Whether the actor may is
        not asked.
        """
        subject = "command" if isinstance(message, Command) else "query"
        resolve = self._objects.__getitem__
        call = Call(handler, self.units.ports, resolve, leading=(subject, "actor"), order=f"{subject}, actor, ports")
        reactions = Reactions(REACTIONS, self.units.ports, resolve)

        async def work(unit: Unit) -> tuple[R, list[DomainEvent]]:
            return await call(message, actor, unit), await reactions.run(unit, actor)

        self.events = []
        try:
            result, self.events = await self.units.run(work)
        except DomainError as error:
            if type(error) not in HANDLERS[type(message)].failures:
                refuse_undeclared(handler.__name__, error)
            raise
        return result

    def reader(self, kind: type[R]) -> R:
        """The reader that implements this protocol."""
        found: R = self._objects[kind]
        return found

    def bus(self) -> Bus:
        return Bus(HANDLERS, self.units, self._objects.__getitem__, REACTIONS)


class Timed(World):
    """A world in which time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock()

    def move_to(self, zone: str) -> None:
        """Have the organization in this time zone; its days are those of UTC before."""
        self._objects[Calendar] = ZonedCalendar(zone)

    def now(self) -> datetime:
        return self.clock.now()


async def world_of_people() -> World:
    """A world that holds the users ANA and BEN, both active, and LEFT, who is not."""
    world = World()
    left = a_user(3, department="Hygiene")
    left.is_active = False
    await world.holds(
        a_user(1, department="Hygiene", full_name="Ana", profile_metadata={"license": {"state": "TX"}}),
        a_user(2, department="Front desk"),
        left,
    )
    return world
