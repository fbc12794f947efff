"""The web application, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from litestar import Litestar

from application.bus import Bus, Handler
from application.messages import Message
from application.users.roster import RosterFile
from entrypoints.http.actors import Authenticate
from entrypoints.http.health import Readiness

Hook = Callable[[], Awaitable[None]]


class HttpSettings(Protocol):
    """What the web application needs to know of the settings."""

    @property
    def environment(self) -> str:
        """`production` wherever real people are trained."""


def create_app(
    *,
    bus: Bus,
    handlers: Mapping[type[Message[Any]], Handler],
    settings: HttpSettings,
    readiness: Readiness,
    roster_file: Callable[[Path], RosterFile],
    authenticate: Authenticate | None = None,
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
) -> Litestar:
    """The API on this bus. Raises ConfigurationError and application.bus.Miswired."""
    raise NotImplementedError
