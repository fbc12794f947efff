"""The way in: who brings a token, on any backend, with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryStore
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.handlers import discover
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.reactions import discover_reactions
from application.kernel.units import Unit, Units
from application.people.ports import Users
from application.people.sign_ins.identity import Identity, KeyFetches
from application.people.sign_ins.signing_in import Census, Known, People, SignedIn
from domain.people.users import User
from kit.surroundings import NOON, CountingIds, FixedClock, surroundings

R = TypeVar("R")

SUBJECT = "8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11"
OTHER_SUBJECT = "0b7a9a3e-5f0c-4d53-9a9e-1f1f3a9f2c22"


def an_identity(**changes: Any) -> Identity:
    """Ana, who signs in at noon with a verified address."""
    ana = Identity(
        subject=SUBJECT,
        email="ana@example.com",
        email_verified=True,
        issued_at=NOON,
        expires_at=datetime.max.replace(tzinfo=NOON.tzinfo),
        session_id=None,
        full_name="Ana Ruiz",
    )
    return replace(ana, **changes)


class Told:
    """Takes every token for the identity that was set."""

    def __init__(self) -> None:
        self._identities: dict[str, Identity] = {}

    def token(self, identity: Identity) -> str:
        """A token of this identity."""
        token = f"token-{len(self._identities)}"
        self._identities[token] = identity
        return token

    async def verify(self, token: str) -> Identity:
        return self._identities[token]

    def knows(self, token: str) -> bool:
        return token in self._identities

    def fetches(self) -> KeyFetches | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


class CountedUnits:
    """Units of work, of which `begun` have begun."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.ports = units.ports
        self.begun = 0

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        self.begun += 1
        return await self._units.run(work)


class SlowPeople:
    """Reads as `people` do; `reads` counts. While `held` is not set, what was read waits to be handed over."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.reads = 0
        self.held = asyncio.Event()
        self.held.set()
        self.waiting = asyncio.Event()

    async def by_supabase_id(self, supabase_id: str) -> Known | None:
        self.reads += 1
        known = await self._people.by_supabase_id(supabase_id)
        self.waiting.set()
        await self.held.wait()
        return known

    async def linked(self, after: str, limit: int) -> list[str]:
        return await self._people.linked(after, limit)

    async def has_email(self, email: str) -> bool:
        return await self._people.has_email(email)

    async def census(self) -> Census:
        return await self._people.census()


class FrontDoor:
    """People who sign in. It is noon, and new ids count from 1."""

    def __init__(self, units: Units, reader: Callable[[type], Any], **rules: Any) -> None:
        self.clock = FixedClock()
        ids = CountingIds()
        self.units = CountedUnits(units)
        self.people = SlowPeople(reader(People))
        self.tokens = Told()

        objects: dict[type, Any] = {
            Clock: self.clock,
            Ids: ids,
            **surroundings(),
        }

        def resolve(kind: type) -> Any:
            return objects.get(kind) or reader(kind)

        self.bus = Bus(discover(), self.units, resolve, discover_reactions())
        self.signed_in = SignedIn(self.tokens, self.people, self.bus, self.clock, **rules)

    async def holds(self, *users: User) -> None:
        """Put these people into the store."""

        async def work(unit: Unit) -> None:
            for user in users:
                await unit.port(Users).add(user)

        await self.units.run(work)
        self.units.begun = 0

    async def enters(self, **changes: Any) -> Actor:
        """Ana brings a token, with these changes to her identity."""
        return await self.brings(self.tokens.token(an_identity(**changes)))

    async def brings(self, token: str) -> Actor:
        """Someone brings this token."""
        return await self.signed_in.actor(token, "request-1", "192.0.2.1")

    async def does(self, command: Command[R]) -> R:
        """The system carries out a command."""
        return await self.bus.execute(command, Actor.system())

    async def user(self, user_id: UUID | None) -> User:
        """The user as stored."""
        assert user_id is not None

        async def work(unit: Unit) -> User:
            return await unit.port(Users).get(user_id)

        return await self.units.run(work)


class MemoryDoor(FrontDoor):
    """The way in on the memory adapters, whose `store` can be looked into."""

    def __init__(self, **rules: Any) -> None:
        self.store = MemoryStore()
        readers = memory_readers(self.store)
        super().__init__(memory_units(self.store), lambda kind: readers[kind], **rules)

    @property
    def written(self) -> list[str]:
        """The names of all events written so far."""
        return [type(entry.event).__name__ for entry in self.store.table(OUTBOX).rows()]
