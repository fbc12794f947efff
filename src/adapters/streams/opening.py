"""The stream that the settings name."""

from __future__ import annotations

from application.delivery.streams import EventStream, NoStream


class StreamUnusable(ValueError):
    """There can be no such stream. The message names the setting, and says what to do."""


def open_stream(url: str | None, name: str, subject: str) -> EventStream:
    """The stream at the URL, to which nothing is sent yet. Raises StreamUnusable."""
    if url is None:
        return NoStream()
    if not url.startswith(("nats://", "tls://")):
        raise StreamUnusable("STREAM_URL must begin with nats:// or tls://, the address of a broker with JetStream")
    try:
        # Part of an extra, and slow to import.
        from adapters.streams.nats import NatsStream
    except ImportError:
        raise StreamUnusable(
            "STREAM_URL needs what the extra `streams` installs: pip install 'unified-dental-training[streams]'"
        ) from None
    return NatsStream(url, name, subject)
