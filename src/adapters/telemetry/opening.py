"""Traces, if they are wanted. Nothing of OpenTelemetry is imported otherwise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

Asgi = Callable[[Any, Any, Any], Any]


class Tracing(Protocol):
    """Spans of requests, messages and statements. They hold no personal data and no values."""

    def requests(self, app: Asgi) -> Asgi:
        """The application with a span around each request, which continues the caller's trace (W3C Trace Context)."""

    def message(self, name: str) -> AbstractContextManager[object]:
        """A span for a message of the bus."""

    def statement(self, query: str, seconds: float, failed: bool) -> None:
        """A span for a statement that has just ended."""

    async def close(self) -> None:
        """Send what waits, for a few seconds at most."""


class TelemetryMissing(Exception):
    """The extra is not installed. The message says what to do."""


def open_tracing(endpoint: str | None) -> Tracing | None:
    """Traces for the collector at the endpoint; None without one. Raises TelemetryMissing."""
    if endpoint is None:
        return None
    try:
        from adapters.telemetry.tracing import exporting
    except ImportError:
        raise TelemetryMissing(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs what the extra `telemetry` installs: "
            "pip install 'unified-dental-training[telemetry]'"
        ) from None
    return exporting(endpoint)
