"""Traces by OpenTelemetry; needs the extra `telemetry`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import time_ns
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.telemetry.opening import Asgi

CARRIED = (b"traceparent", b"tracestate")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CLOSING = 3.0
"""Seconds for sending what waits when the service stops."""
SERVICE = "unified-dental-training"

_FIRST_WORD = re.compile(r"\s*(\w+)")


def exporting(endpoint: str) -> OpenTelemetryTracing:
    """Traces sent to the collector, in the background."""
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=int(CLOSING))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetryTracing(provider)


class OpenTelemetryTracing:
    """Implements adapters.telemetry.opening.Tracing. Exceptions are named by their type, never by their message."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE)
        self._propagator = TraceContextTextMapPropagator()

    def requests(self, app: Asgi) -> Asgi:
        async def traced(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            carried = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in CARRIED
            }
            method = scope["method"] if scope["method"] in METHODS else "other"
            context = self._propagator.extract(carried)
            with self._span(method, context=context, kind=SpanKind.SERVER) as span:
                span.set_attribute("http.request.method", method)

                async def noting(event: Any) -> None:
                    if event["type"] == "http.response.start":
                        span.set_attribute("http.response.status_code", event["status"])
                        if event["status"] >= 500:
                            span.set_status(Status(StatusCode.ERROR))
                    await send(event)

                await app(scope, receive, noting)
                # Never the path, which names people.
                route = scope.get("path_template") or "unmatched"
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)

        return traced

    @contextmanager
    def message(self, name: str) -> Iterator[object]:
        with self._span(name) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    def statement(self, query: str, seconds: float, failed: bool) -> None:
        word = _FIRST_WORD.match(query)
        name = word[1].upper() if word else "STATEMENT"
        ended = time_ns()
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, start_time=ended - int(seconds * 1e9))
        span.set_attribute("db.system.name", "postgresql")
        span.set_attribute("db.operation.name", name)
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    async def close(self) -> None:
        await asyncio.to_thread(self._provider.force_flush, int(CLOSING * 1_000))
        await asyncio.to_thread(self._provider.shutdown)

    @contextmanager
    def _span(self, name: str, **options: Any) -> Iterator[Span]:
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False, **options
        ) as span:
            yield span
