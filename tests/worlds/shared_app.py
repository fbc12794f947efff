"""One application that serves many worlds.

Registering all routes takes longer than most tests. What is registered depends on no world, so it is done once in a
process; each request brings along what the application must work with. The application itself keeps nothing of a
request but its figures: tests of those make an application of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from application.kernel.access import Actor
from application.kernel.bus import Bus
from entrypoints.bootstrap import Service
from entrypoints.cli.serving import application
from entrypoints.http.kit.actors import Authenticate
from entrypoints.http.kit.allowances import Spending
from entrypoints.http.kit.app import create_app
from entrypoints.http.kit.event_feed import Followers
from entrypoints.http.kit.health import Readiness
from entrypoints.http.kit.requests import HttpRequest
from entrypoints.http.kit.uploads import OpenFile


@dataclass(frozen=True)
class Behind:
    """What an application works with, and what can differ from request to request."""

    bus: Bus
    readiness: Readiness
    roster_file: OpenFile
    authenticate: Authenticate
    spending: Spending
    followers: Followers
    more: Mapping[str, HTTPRouteHandler] = field(default_factory=dict)
    """The handlers that authenticate for themselves, by path."""


REPLACEABLE = frozenset(field.name for field in fields(Behind)) - {"more"}


class SharedApp:
    """An application that is registered at its first use, and then works with what each request brings along."""

    def __init__(self, register: Callable[..., Litestar], more_handlers: Sequence[HTTPRouteHandler] = ()) -> None:
        """`register` makes the application that works with what is behind it, given by keyword.

        Each request brings along handlers of the same paths as `more_handlers`.
        """
        self._register = register
        self._more_handlers = more_handlers
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
            "roster_file": lambda *said: self._behind.get().roster_file(*said),
            "authenticate": self._authenticate,
            "spending": self,
            "followers": _Deputy(lambda: self._behind.get().followers),
            "more_handlers": [self._deputy_of(handler) for handler in self._more_handlers],
        }

    def _deputy_of(self, handler: HTTPRouteHandler) -> HTTPRouteHandler:
        """Passes on to the handler of the same path that the request brings along."""
        (path,) = handler.paths

        async def handle(request: HttpRequest) -> ASGIApp:
            answer: ASGIApp = await self._behind.get().more[path].fn(request)
            return answer

        return HTTPRouteHandler(path, http_method=[*handler.http_methods], status_code=handler.status_code)(handle)

    async def _authenticate(self, request: HttpRequest) -> Actor:
        return await self._behind.get().authenticate(request)

    def charged(self, authenticate: Authenticate, operation: str, cost: float, *, writes: bool) -> Authenticate:
        """As Spending.charged, by the spending that the request brings along."""

        async def charge(request: HttpRequest) -> Actor:
            return await self._behind.get().spending.charged(authenticate, operation, cost, writes=writes)(request)

        return charge


class _Deputy:
    """Passes everything on to the object of the request."""

    def __init__(self, of_the_request: Callable[[], Any]) -> None:
        self._of_the_request = of_the_request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_the_request(), name)


_SERVED: dict[tuple[Any, ...], SharedApp] = {}
"""The applications of services, by what else is registered."""
WITHOUT_LIFESPAN = {"metrics", "on_startup", "on_shutdown"}


def served(service: Service, visitor: UUID | None = None) -> ASGIApp:
    """The service's application, like that of all services with such settings, without figures and lifespan."""
    app: ASGIApp = application(service, visitor, create=_create)
    return app


def _create(*, more_handlers: Sequence[HTTPRouteHandler], **options: Any) -> Any:
    behind = {name: options.pop(name) for name in REPLACEABLE}
    registered = {name: value for name, value in options.items() if name not in WITHOUT_LIFESPAN}
    key = (*((name, value) for name, value in registered.items() if name != "handlers"),)
    if key not in _SERVED:
        _SERVED[key] = SharedApp(partial(create_app, **registered), more_handlers)
    return _SERVED[key].on(Behind(**behind, more={path: each for each in more_handlers for path in each.paths}))
