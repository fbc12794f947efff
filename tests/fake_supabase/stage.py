"""A Supabase project and the service that trusts it, both listening on loopback ports, for real clients."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

from pydantic import SecretStr

from application.kernel.access import Actor
from application.kernel.ports import Clock
from application.people.sign_ins.linking import ConfirmSignIn
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.serving import application
from entrypoints.settings import Settings
from fake_supabase.double import BASE, JWKS, SupabaseDouble, Trouble, serving

ADMINISTRATOR = "admin@example.com"
CONTROL = "/control/"

Message = MutableMapping[str, Any]


class Project:
    """The double, whose keys can be held back, and which clients in other processes can control.

    `POST /control/rotate` signs with a new key from now on; `/control/down` and `/control/up` end and begin the
    endpoint of the keys. `/control/confirm` confirms the administrator's sign-in, as an operator does.
    """

    def __init__(self, double: SupabaseDouble) -> None:
        self.double = double
        self.released = Event()
        self.released.set()
        self.asked = Event()
        self.confirm: Callable[[], Awaitable[object]]

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """The ASGI application."""
        path = scope["path"]
        if path.startswith(CONTROL):
            await self._control(path.removeprefix(CONTROL))
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
            return
        if path == BASE + JWKS:
            self.asked.set()
            await asyncio.to_thread(self.released.wait)
        await self.double(scope, receive, send)

    async def _control(self, what: str) -> None:
        match what:
            case "confirm":
                await self.confirm()
            case "rotate":
                self.double.rotate()
            case "down":
                self.double.trouble = Trouble("down", JWKS)
            case "up":
                self.double.trouble = None


@dataclass(frozen=True)
class Stage:
    """Where the two listen; `project.double` decides what Supabase answers."""

    project: Project
    supabase: str
    api: str

    @property
    def double(self) -> SupabaseDouble:
        return self.project.double


@contextmanager
def staged(clock: Clock) -> Iterator[Stage]:
    """The service is on the memory adapters and has an administrator, who has no account yet."""
    project = Project(SupabaseDouble(clock))
    with serving(project) as supabase:
        project.double.issuer = supabase + BASE
        settings = Settings(
            database_url=SecretStr("memory://"),
            environment="production",
            embedded_database="memory",
            supabase_url=supabase,
            supabase_confirms_email=True,
            allowed_email_domains=("example.com",),
            public_url="https://training.example.com",
        )
        service = bootstrap(settings, clock=clock)
        asyncio.run(service.bus.execute(GrantRole(ADMINISTRATOR, Role.ADMIN), Actor.system()))
        project.confirm = lambda: service.bus.execute(ConfirmSignIn(ADMINISTRATOR), Actor.system())
        with serving(application(service), lifespan="on") as api:
            try:
                yield Stage(project, supabase, api)
            finally:
                project.released.set()
