"""One application that serves many worlds.

Registering all routes takes longer than most tests. What is registered depends on no world, so it is done once in a
process; each request brings along what the application shall work with. The application itself keeps nothing of a
request but its figures: tests of those make an application of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.people.roster import RosterFile
from entrypoints.http.kit.actors import Authenticate
from entrypoints.http.kit.allowances import Spending
from entrypoints.http.kit.health import Readiness
from entrypoints.http.kit.requests import HttpRequest


@dataclass(frozen=True)
class Behind:
    """What an application works with, and what can differ from request to request."""

    bus: Bus
    readiness: Readiness
    roster_file: Callable[[Path, str], RosterFile]
    authenticate: Authenticate
    spending: Spending


REPLACEABLE = frozenset(field.name for field in fields(Behind))


class SharedApp:
    """An application that is registered at its first use, and then works with what each request brings along."""

    def __init__(self, register: Callable[..., Litestar]) -> None:
        """`register` makes the application that works with what is behind it, given by keyword."""
        self._register = register
        self._registered: Litestar | None = None
        self._behind: ContextVar[Behind] = ContextVar("behind")

    def on(self, behind: Behind) -> ASGIApp:
        """The application, working with these objects, whatever else is going on at the same time."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            token = self._behind.set(behind)
            try:
                if self._registered is None:
                    self._registered = self._register(**self._deputies())
                await self._registered(scope, receive, send)
            finally:
                self._behind.reset(token)

        return app

    def _deputies(self) -> dict[str, Any]:
        return {
            "bus": _Deputy(lambda: self._behind.get().bus),
            "readiness": _Deputy(lambda: self._behind.get().readiness),
            "roster_file": lambda path, charset: self._behind.get().roster_file(path, charset),
            "authenticate": self._authenticate,
            "spending": self,
        }

    async def _authenticate(self, request: HttpRequest) -> Actor:
        return await self._behind.get().authenticate(request)

    def charged(self, authenticate: Authenticate, operation: str, cost: float) -> Authenticate:
        """As Spending.charged, by the spending that the request brings along."""

        async def charge(request: HttpRequest) -> Actor:
            return await self._behind.get().spending.charged(authenticate, operation, cost)(request)

        return charge


class _Deputy:
    """Passes everything on to the object of the request."""

    def __init__(self, of_the_request: Callable[[], Any]) -> None:
        self._of_the_request = of_the_request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_the_request(), name)
