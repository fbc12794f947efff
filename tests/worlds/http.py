"""The API on memory adapters, with a clock and ids that tests can foretell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Self, TypeVar
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.types import ASGIApp

from adapters.files.roster import FileRoster
from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.store import MemoryStore
from application.delivery.feed.queries import FeedReader
from application.delivery.feed.tail import FeedTail
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.handlers import discover
from application.kernel.ports import Clock, Ids
from application.kernel.reactions import discover_reactions
from application.kernel.units import Unit, Units
from application.learning.enrollments.commands import EnrollUser
from application.people.ports import Users
from documents.documented_problems import Documented
from domain.kernel.roles import Role
from domain.people.users import User
from entrypoints.http.kit.allowances import LocalAllowances, Spending
from entrypoints.http.kit.app import create_app
from entrypoints.http.kit.event_feed import Followers
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.problems import MEDIA_TYPE
from kit.surroundings import ADMINISTRATOR_ID, CountingIds, FixedClock, as_administrator, surroundings
from worlds.shared_app import REPLACEABLE, Behind, SharedApp

R = TypeVar("R")

HANDLERS, REACTIONS = discover(), discover_reactions()
DOCUMENTED = Documented(document(HANDLERS))


@cache
def shared(**registered: Any) -> SharedApp:
    """The application that is registered with these options, made once."""
    return SharedApp(partial(create_app, handlers=HANDLERS, **registered))


@dataclass
class Checks:
    """Readiness as a test wants it."""

    found: list[str] = field(default_factory=list)

    async def problems(self, patience: float = 0) -> list[str]:
        return self.found


class World:
    """A store with the API on it. Readers and units can be replaced before `app` is called."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.store = MemoryStore(self.clock.now)
        self.units: Units = memory_units(self.store)
        self.objects: dict[type, Any] = {
            Clock: self.clock,
            Ids: CountingIds(),
            **surroundings(),
            **memory_readers(self.store),
        }
        self.checks = Checks()

    def bus(self) -> Bus:
        return Bus(HANDLERS, self.units, self.objects.__getitem__, REACTIONS)

    def app(self, **options: Any) -> Litestar:
        """An application of its own, with figures and a lifespan. To make one takes longer than most tests."""
        return create_app(handlers=HANDLERS, **{**self._behind(), **options})

    def served(self, **replaced: Any) -> ASGIApp:
        """This world, served by the application that all worlds with the same options share."""
        behind = {name: replaced.pop(name) for name in REPLACEABLE & replaced.keys()}
        return shared(**replaced).on(Behind(**{**self._behind(), **behind}))

    def client(self, **options: Any) -> Api:
        return Api.on(self.served(**options))

    def _behind(self) -> dict[str, Any]:
        bus, tail = self.bus(), FeedTail(self.objects[FeedReader])
        bus.listen(tail.stir)
        return {
            "bus": bus,
            "followers": Followers(tail),
            "readiness": self.checks,
            "roster_file": FileRoster.read_as,
            "authenticate": as_administrator,
            "spending": Spending(LocalAllowances(self.clock), per_person=1_000, per_address=1_000),
        }

    async def enrolls(self, module_id: str, user_id: UUID = ADMINISTRATOR_ID) -> None:
        """Enroll the caller, or another user, as the service itself."""
        await self.bus().execute(EnrollUser(UUID(module_id), user_id), Actor.system())

    async def has_its_actor(self) -> None:
        """Make the caller a user."""
        user = User(ADMINISTRATOR_ID, email="admin@example.com", role=Role.ADMIN, now=self.clock.now())
        await self.units.run(lambda unit: unit.port(Users).add(user))


class Api(httpx.AsyncClient):
    """A client that can also make what a test begins with. Every problem that it is given must be a documented one."""

    @classmethod
    def on(cls, app: Any) -> Self:
        return cls(transport=httpx.ASGITransport(app), base_url="http://test")

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        response = await super().send(request, **options)
        if response.is_error and response.headers["content-type"] == MEDIA_TYPE and request.method != "HEAD":
            await response.aread()
            DOCUMENTED.require(request.method, request.url.path, response.status_code, response.json()["code"])
        return response

    async def module(self, **changes: Any) -> dict[str, Any]:
        """A new draft with one lesson and one quiz that has a question."""
        question = {"prompt": "True?", "metadata": {"kind": "true_false", "correct": True}}
        sections = [
            {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}},
            {"title": "Check", "content": {"kind": "quiz"}, "questions": [question]},
        ]
        return await self._made("/v1/modules", {"title": "Hand hygiene", "sections": sections, **changes})

    async def published(self, **changes: Any) -> dict[str, Any]:
        """A published module."""
        module = await self.module(**changes)
        response = await self.post(f"/v1/modules/{module['id']}/publish")
        assert response.status_code == 200
        body: dict[str, Any] = response.json()
        return body

    async def user(self, email: str = "ana@example.com", **changes: Any) -> dict[str, Any]:
        """A new user."""
        return await self._made("/v1/users", {"email": email, **changes})

    async def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.post(path, json=body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made


class SlowUnits:
    """Units of work that wait until they are let go."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.ports = units.ports
        self.started = asyncio.Event()
        self.released = asyncio.Event()
        self.finished = asyncio.Event()

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        self.started.set()
        await self.released.wait()
        try:
            return await self._units.run(work)
        finally:
            self.finished.set()


class BrokenUnits:
    """Units of work that end in this error."""

    def __init__(self, units: Units, error: Exception) -> None:
        self._error = error
        self.ports = units.ports

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        raise self._error
