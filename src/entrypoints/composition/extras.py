"""What needs packages that are installed on request only: a stream of events, and traces."""

from __future__ import annotations

from adapters.streams.opening import StreamUnusable, open_stream
from adapters.telemetry.opening import TelemetryMissing, Tracing, open_tracing
from application.delivery.streams import EventStream
from entrypoints.settings import ConfigurationError, Settings


def tracing_of(settings: Settings) -> Tracing | None:
    """The traces, if there is a collector. Raises ConfigurationError."""
    try:
        return open_tracing(settings.otel_exporter_otlp_endpoint)
    except TelemetryMissing as error:
        raise ConfigurationError(str(error)) from None


def stream_of(settings: Settings) -> EventStream:
    """The stream, or the one that publishes nothing. Raises ConfigurationError."""
    url = settings.stream_url
    try:
        return open_stream(url.get_secret_value() if url else None, settings.stream_name, settings.stream_subject)
    except StreamUnusable as error:
        raise ConfigurationError(str(error)) from None
