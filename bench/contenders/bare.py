"""Our own service with a fixed actor instead of a token, without request ids and figures. The access log stays."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request
from litestar.types import ASGIApp, Receive, Scope, Send

from application.kernel.access import Actor
from bench.dataset import PARTICIPANTS, dataset
from domain.kernel.roles import Role
from entrypoints.bootstrap import bootstrap
from entrypoints.cli.serving import freeze_memory
from entrypoints.http.kit import app as web
from entrypoints.http.kit.allowances import LocalAllowances, Spending
from entrypoints.http.kit.event_feed import Followers
from entrypoints.http.kit.observe import log
from entrypoints.logs import configure_logs
from entrypoints.settings import load


async def somebody(request: Request[Any, Any, Any]) -> Actor:
    """The same learner each time."""
    return LEARNER


LEARNER = Actor(dataset().users[PARTICIPANTS.start].id, Role.AUTHENTICATED)


def unobserved(app: ASGIApp, *others: object) -> ASGIApp:
    """Stands in for `Observed`: it writes the line, and nothing else."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        log.info("%s %s %d %.1f ms %s", scope.get("method"), scope.get("path_template"), 200, 0.0, "-")

    return logged


def app() -> Litestar:
    """The application."""
    settings = load()
    configure_logs(settings)
    service = bootstrap(settings)
    web.Observed = unobserved  # type: ignore[attr-defined,assignment]  # what is measured is what it costs
    return web.create_app(
        bus=service.bus,
        handlers=service.handlers,
        readiness=service.readiness,
        roster_file=service.roster_file,
        authenticate=somebody,
        spending=Spending(LocalAllowances(service.clock), 1_000_000, 1_000_000),
        followers=Followers(service.tail),
        on_startup=[freeze_memory],
        on_shutdown=[service.close],
    )
