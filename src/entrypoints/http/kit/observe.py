"""Around every request: its id, its metrics, and its line in the access log."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import getrandbits
from time import perf_counter

from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from entrypoints.http.kit.allowances import RATE_LIMITS, rate_limit_headers
from entrypoints.http.kit.browser_pages import ProblemReplies
from entrypoints.http.kit.cors import CrossOrigin
from entrypoints.http.kit.deadlines import stopping
from entrypoints.http.kit.methods import READING
from entrypoints.http.kit.problems import problem_of, report
from entrypoints.http.kit.replies import Reply
from entrypoints.http.kit.service_metrics import ServiceMetrics

log = logging.getLogger("unified_dental.access")

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
TURNED_AWAY = "turned_away"
"""The key of the server's state that counts refused connections by reason; these reach no request handler."""
STOPPING = "stopping"
"""The key of the server's state with the asyncio.Event that is set when the server stops."""
GONE = 499
"""The status in the metrics when the client was gone."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_EXACT = re.compile(rb"/|(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
"""How our addresses are spelled, each in one way, so that a proxy's rule on a path cannot be bypassed by another
spelling. Litestar would take `//metrics`, `/metrics/` and `/%6detrics` for `/metrics`."""


class _TurnedAway(Collector):
    """Connections that the server refused or closed, by reason."""

    def __init__(self) -> None:
        self.counts: Mapping[str, int] = {}

    def collect(self) -> Iterator[Metric]:
        figures = CounterMetricFamily(
            "connections_turned_away",
            "Connections refused, or closed because they were slow or idle",
            labels=["reason"],
        )
        for reason, count in sorted(self.counts.items()):
            figures.add_metric([reason], count)
        yield figures


Merge = Callable[[Iterable[Metric]], Collector]
"""Adds the metrics of other processes to those of this one."""


class Metrics:
    """The metrics of one application, or with `merge` of several processes together."""

    def __init__(self, merge: Merge | None = None) -> None:
        self._merge = merge
        self._service: ServiceMetrics | None = None
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._requests = Counter(
            "http_requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time to answer",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self.in_flight = 0
        in_flight = Gauge("http_requests_in_flight", "Requests being answered", registry=self._registry)
        in_flight.set_function(lambda: self.in_flight)
        self._turned_away = _TurnedAway()
        self._registry.register(self._turned_away)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        known = self._known.get((method, route, status))
        if known is None:
            known = self._requests.labels(method, route, status), self._seconds.labels(method, route)
            self._known[method, route, status] = known
        count, duration = known
        count.inc()
        duration.observe(seconds)

    def text(self, turned_away: Mapping[str, int]) -> bytes:
        """All metrics in Prometheus's text format, including the connections that the server refused."""
        families = self.families(turned_away)
        return generate_latest(self._registry if self._merge is None else self._merge(families))

    def families(self, turned_away: Mapping[str, int]) -> Iterable[Metric]:
        """The same, of this process alone."""
        self._turned_away.counts = turned_away
        return self._registry.collect()

    def add(self, service: ServiceMetrics) -> None:
        """Show these too."""
        self._registry.register(service)
        self._service = service

    async def of_the_database(self) -> bytes:
        """The metrics that all processes share, in Prometheus's text format."""
        return b"" if self._service is None else await self._service.of_the_database()


class Observed:
    """The application with what is around its requests. Its exceptions are answered here, with problems."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        cross_origin: CrossOrigin | None = None,
        problems: ProblemReplies | None = None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._cross_origin = cross_origin
        self._problems = problems or ProblemReplies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id
        status = None
        cross_origin = self._cross_origin
        origin_headers = cross_origin.headers(scope["headers"]) if cross_origin else ()
        started = perf_counter()

        async def send_with_id(event: Message) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
                limits = scope["state"].get(RATE_LIMITS)
                event["headers"] = [
                    *event["headers"],
                    *origin_headers,
                    *(rate_limit_headers(limits) if limits else ()),
                    (b"x-request-id", request_id.encode()),
                ]
            elif event["type"] == "http.response.body" and scope["method"] == "HEAD":
                event["body"] = b""
            await send(event)

        self._metrics.in_flight += 1
        try:
            if not _EXACT.fullmatch(scope.get("raw_path") or scope["path"].encode()):
                raise NotFoundException
            if cross_origin and (told := cross_origin.preflight(scope)):
                await Reply(told)(scope, receive, send_with_id)
            else:
                await self._app(scope, receive, send_with_id)
        except Exception as error:
            problem = problem_of(error, "query" if scope["method"] in READING else "body")
            report(error, problem, request_id)
            if status is not None:
                raise
            await self._problems.reply(problem, scope, request_id)(scope, receive, send_with_id)
        except asyncio.CancelledError:
            if status is None:
                await self._problems.reply(stopping(), scope, request_id)(scope, receive, send_with_id)
            raise
        finally:
            self._metrics.in_flight -= 1
            self._finish(scope, GONE if status is None else status, perf_counter() - started, request_id)

    def _finish(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = str(scope.get("method"))
        # Only known methods and routes: clients can invent others, and paths may contain personal data.
        method = method if method in METHODS else "other"
        route = scope.get("path_template") or "unmatched"
        self._metrics.answered(method, route, status, seconds)
        log.info("%s %s %d %.1f ms %s", method, route, status, seconds * 1_000, request_id)


def _request_id(scope: Scope) -> str:
    """The request's own id if it is acceptable, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return value.decode()
    # It only distinguishes requests, so it need not be secure: the system's randomness would cost a tenth of a read.
    return f"{getrandbits(128):032x}"
