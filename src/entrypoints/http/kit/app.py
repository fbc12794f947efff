"""The web application, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from application.delivery.worker import Worker
from application.kernel.bus import Bus
from application.kernel.handlers import Handler
from application.kernel.messages import Command, Message
from entrypoints.http.kit.actors import Authenticate, visitor
from entrypoints.http.kit.allowances import Spending
from entrypoints.http.kit.browser_pages import ProblemReplies
from entrypoints.http.kit.cors import CrossOrigin
from entrypoints.http.kit.deadlines import BODY_TIMEOUT, LONG_TIMEOUT, REQUEST_TIMEOUT, Bounded
from entrypoints.http.kit.demonstration import Demonstration
from entrypoints.http.kit.endpoints import command_handler, query_handler
from entrypoints.http.kit.event_feed import Followers, feed_handler
from entrypoints.http.kit.event_schemas import event_schema_handlers
from entrypoints.http.kit.health import PATIENCE, Readiness, health_handlers
from entrypoints.http.kit.json_budgets import MAX_BODY
from entrypoints.http.kit.lifespan import Hook, lifespan
from entrypoints.http.kit.methods import options_handlers
from entrypoints.http.kit.observe import Metrics, Observed
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.replies import Reply
from entrypoints.http.kit.requests import HttpRequest
from entrypoints.http.kit.routing import Route, operation_id
from entrypoints.http.kit.schema_page import schema_handlers
from entrypoints.http.kit.uploads import OpenFile, upload_handler
from entrypoints.http.pages.problem_codes import HEADERS, problem_codes_page
from entrypoints.http.pages.unsubscribing import unsubscribe_handlers
from entrypoints.http.routes import ROUTES


def create_app(
    *,
    bus: Bus,
    handlers: Mapping[type[Message[Any]], Handler],
    readiness: Readiness,
    roster_file: OpenFile,
    authenticate: Authenticate,
    spending: Spending,
    followers: Followers,
    more_handlers: Sequence[HTTPRouteHandler] = (),
    demonstration: Demonstration | None = None,
    cross_origin: CrossOrigin | None = None,
    request_timeout: float = REQUEST_TIMEOUT,
    body_timeout: float = BODY_TIMEOUT,
    long_timeout: float = LONG_TIMEOUT,
    health_timeout: float = PATIENCE,
    metrics: Metrics | None = None,
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
    worker: Worker | None = None,
) -> Litestar:
    """The API on this bus; `authenticate` identifies the caller. `more_handlers` authenticate for themselves. The
    examples of a `demonstration` succeed on its data. The `followers` are those who wait for events.

    Without `cross_origin` no page of another origin may read anything. A request is answered within `request_timeout`
    seconds, an import or a report within `long_timeout`, and whether the service is ready within `health_timeout`. A
    `worker` runs as long as the application.
    """

    def authenticating(route: Route) -> Authenticate:
        asker = visitor if route.public else authenticate
        writes = issubclass(route.message, Command) and not route.public
        if not (route.cost or writes):
            return asker
        return spending.charged(asker, operation_id(route), route.cost, writes=writes)

    def handler(route: Route) -> HTTPRouteHandler:
        if route.upload:
            return upload_handler(route, route.upload, bus, authenticating(route), roster_file, long_timeout)
        if route.followed:
            return feed_handler(route, bus, authenticating(route), followers, request_timeout)
        if issubclass(route.message, Command):
            return command_handler(route, bus, authenticating(route), readable)
        return query_handler(route, bus, authenticating, documents.get(route.path), long_timeout)

    metrics = metrics or Metrics()
    readable = {route.path for route in ROUTES if route.method == "GET"}
    documents = {route.shown_at: route for route in ROUTES if route.media_type and not route.alone}
    reachable = [
        *(handler(route) for route in ROUTES if route.alone or not route.media_type),
        *health_handlers(readiness, metrics, health_timeout),
        *schema_handlers(document(handlers), Reply(problem_codes_page(handlers), HEADERS), demonstration),
        *unsubscribe_handlers(bus),
        *event_schema_handlers(),
        *more_handlers,
    ]
    app = Litestar(
        # OPTIONS first: Litestar adds its own to each path without one.
        route_handlers=[*options_handlers(reachable), *reachable],
        exception_handlers={Exception: _raise_again},
        lifespan=[lifespan(bus, on_startup, on_shutdown, worker)],
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    pages = [(route.path.partition("{")[0], route.page) for route in ROUTES if route.page]
    # Litestar's middleware runs inside the routing; this must also see requests without a route.
    app.asgi_handler = Observed(
        Bounded(app.asgi_handler, request_timeout, body_timeout), metrics, cross_origin, ProblemReplies(pages)
    )
    return app


def _raise_again(request: HttpRequest, error: Exception) -> NoReturn:
    """`Observed` answers it, like what happens outside the routing."""
    raise error
