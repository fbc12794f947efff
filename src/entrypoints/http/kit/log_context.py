"""Sets which request and which user cause a line of the logs. Only where the lines show it, since it costs time."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from application.kernel.access import Actor
from entrypoints.http.kit.actors import Authenticate
from entrypoints.logs import REQUEST, USER


def with_request(app: ASGIApp) -> ASGIApp:
    """The application, with each request known to the lines that it causes."""

    async def with_scope(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            # Never reset: the task of a request ends with it. A task that it starts has caused its lines too.
            REQUEST.set(scope)
        await app(scope, receive, send)

    return with_scope


def with_user(authenticate: Authenticate) -> Authenticate:
    """The same authentication, with the user or service account known to the lines that the request causes."""

    async def authenticated(request: Request[Any, Any, Any]) -> Actor:
        actor = await authenticate(request)
        request.scope["state"][USER] = None if actor.id is None else str(actor.id)
        return actor

    return authenticated
