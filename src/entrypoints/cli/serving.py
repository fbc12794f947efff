"""The HTTP API as a process: the server, and the API's own description."""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import uvicorn
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from application.delivery.notices.figures import NoticeFigures
from application.delivery.ports import DeliveryReader
from application.people.sign_ins.identity import KeyFetches
from entrypoints.bootstrap import Service, bootstrap, development_subject, development_tokens
from entrypoints.connections.protocol import LimitedHttp
from entrypoints.connections.server import AT_A_TIME, BACKLOG, EachSecond, Server
from entrypoints.http.kit.actors import bearer
from entrypoints.http.kit.allowances import LocalAllowances, Refusals, SharedAllowances, Spending
from entrypoints.http.kit.app import create_app
from entrypoints.http.kit.cors import CrossOrigin
from entrypoints.http.kit.demonstration import Demonstration, sign_in_handler
from entrypoints.http.kit.event_feed import Followers
from entrypoints.http.kit.lifespan import Hook
from entrypoints.http.kit.log_context import with_request, with_user
from entrypoints.http.kit.observe import Metrics
from entrypoints.http.kit.service_metrics import ServiceMetrics
from entrypoints.http.kit.supabase_hooks import hook_handlers
from entrypoints.logs import configure_logs, log_what_python_says, tells_requests
from entrypoints.loopback import is_loopback
from entrypoints.preflight.starting import refuse_to_start
from entrypoints.settings import ConfigurationError, load

log = logging.getLogger("unified_dental.start")

__all__ = ["LimitedHttp", "app", "application", "openapi_json", "serve"]


def application(
    service: Service,
    visitor: UUID | None = None,
    metrics: Metrics | None = None,
    demonstration: Demonstration | None = None,
    create: Callable[..., Litestar] = create_app,
    on_startup: Sequence[Hook] = (),
) -> Litestar:
    """The web application on a wired service, which it closes when it stops.

    Without a token, the catalogue of a demonstration is read as the `visitor`, a learner. With a `demonstration`, the
    interactive page has examples that succeed on its data, and signs visitors in as its people. The `metrics` are given
    where several processes share them. The hooks `on_startup` run last.
    Raises ConfigurationError: nobody is signed in like this in production, nor beside Supabase.
    """
    signed_in, settings = service.sign_in(), service.settings
    if service.warning:
        log.warning(service.warning)
    local = LocalAllowances(service.clock)
    allowances = SharedAllowances(local, service.counter, service.clock) if service.counter else local
    refusals = Refusals(allowances, service.clock, settings.costly_per_address)
    authenticate = bearer(signed_in, refusals, visitor, this_machine_only=service.warning is not None)
    tells = tells_requests(settings)
    metrics, of_service = metrics or Metrics(), _metrics_of(service, signed_in.fetches)
    metrics.add(of_service)
    service.bus.listen(of_service.written)
    app = create(
        bus=service.bus,
        handlers=service.handlers,
        readiness=service.readiness,
        roster_file=service.roster_file,
        authenticate=with_user(authenticate) if tells else authenticate,
        spending=Spending(
            allowances, settings.costly_per_person, settings.costly_per_address, settings.writes_per_person
        ),
        followers=Followers(service.tail, settings.max_event_readers, settings.max_event_readers_per_caller),
        more_handlers=[
            *hook_handlers(service.bus, service.hooks, confirms_email=settings.supabase_confirms_email),
            *_sign_in_handlers(service, demonstration),
        ],
        demonstration=demonstration,
        cross_origin=CrossOrigin(origins) if (origins := service.settings.cors_origins) else None,
        request_timeout=settings.request_timeout,
        body_timeout=settings.body_timeout,
        long_timeout=settings.database_long_timeout,
        metrics=metrics,
        on_startup=[lambda: refuse_to_start(service), *on_startup],
        on_shutdown=[signed_in.close, service.close],
        worker=service.worker(of_service.attempted) if service.settings.works_in_server else None,
    )
    if tells:
        app.asgi_handler = with_request(app.asgi_handler)
    if service.tracing is not None:
        app.asgi_handler = service.tracing.requests(app.asgi_handler)
    return app


def _metrics_of(service: Service, fetches: Callable[[], KeyFetches | None]) -> ServiceMetrics:
    # Without a mail server nobody is notified of anything, and nothing is missed.
    notices = NoticeFigures(service.bus, service.clock) if service.settings.smtp_url else None
    return ServiceMetrics(service.clock, service.readiness, fetches, service.resolve(DeliveryReader), notices)


def app(visitor: UUID | None = None) -> Litestar:
    """The web application for the settings of this process: a factory for any ASGI server.

    `uvicorn --factory entrypoints.cli.serving:app --http entrypoints.cli.serving:LimitedHttp --no-server-header`
    """
    return application(_service(), visitor, on_startup=[freeze_memory])


async def freeze_memory() -> None:
    """Exclude the present objects from garbage collection: those made at startup live as long as the process."""
    gc.collect()
    gc.freeze()


def _service() -> Service:
    settings = load()
    configure_logs(settings)
    return bootstrap(settings)


def _sign_in_handlers(service: Service, demonstration: Demonstration | None) -> list[HTTPRouteHandler]:
    if demonstration is None or not demonstration.people:
        return []
    tokens = development_tokens(service.settings, service.clock)
    return [sign_in_handler(demonstration, lambda email: tokens.issue(email, development_subject(email)))]


def serve(host: str, port: int, visitor: UUID | None = None, demonstration: Demonstration | None = None) -> None:
    """Serve until interrupted, in this process. Raises ConfigurationError."""
    service = _service()
    log_what_python_says()
    check_host(service, host)
    with suppress(KeyboardInterrupt):
        app = application(service, visitor, demonstration=demonstration, on_startup=[freeze_memory])
        _server(app, service, host=host, port=port).run()


def serve_as(metrics: Metrics, host: str, each_second: EachSecond, prepare: Callable[[Service], None]) -> Server:
    """The server of one of several processes, for listeners that it is given. Raises ConfigurationError.

    `each_second` is called while it runs, and `prepare` before, with the service.
    """
    service = _service()
    log_what_python_says()
    check_host(service, host)
    prepare(service)
    app = application(service, metrics=metrics, on_startup=[freeze_memory])
    return _server(app, service, each_second, host=host)


def _server(app: Litestar, service: Service, each_second: EachSecond | None = None, **listen: Any) -> Server:
    config = uvicorn.Config(
        app,
        http=LimitedHttp,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=AT_A_TIME if each_second else BACKLOG,
        timeout_graceful_shutdown=service.settings.stop_timeout,  # type: ignore[arg-type]  # it takes fractions too
        **listen,
    )
    return Server(config, each_second)


def check_host(service: Service, host: str) -> None:
    """Raises ConfigurationError when others could reach a service that accepts tokens for development."""
    if service.warning and not is_loopback(host):
        raise ConfigurationError(
            f"{service.warning} Serve on 127.0.0.1, or set SUPABASE_URL so that people sign in themselves"
        )


def openapi_json() -> str:
    """The OpenAPI document, indented."""
    from application.kernel.handlers import discover
    from entrypoints.http.kit.openapi import document

    return json.dumps(document(discover()), indent=2, ensure_ascii=False)
