"""Events to a stream of NATS JetStream, through FastStream; needs the extra `streams`."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from faststream.nats import NatsBroker
from nats.errors import Error as NatsError

from adapters.encoding import to_json
from application.delivery.streams import NotPublished
from domain.delivery.events import StoredEvent

ACKNOWLEDGED = 5.0
"""Seconds that the broker has to connect, and to acknowledge an event."""
CLOSING = 2.0
"""Seconds for closing the connection."""

log = logging.getLogger("unified_dental.streams")


class NatsStream:
    """Implements application.delivery.streams.EventStream.

    The subject of an event is the prefix with its name, such as `training.events.ModulePublished`. The broker drops
    what has the same id as an event of the stream's last minutes (its `duplicate_window`).
    """

    is_set_up = True

    def __init__(self, url: str, stream: str, prefix: str) -> None:
        self._url = url
        self._stream = stream
        self._prefix = prefix
        self._broker: NatsBroker | None = None
        self._connecting = asyncio.Lock()

    async def publish(self, event: StoredEvent) -> None:
        headers = {"Nats-Msg-Id": str(event.id), "content-type": "application/json"}
        subject = f"{self._prefix}.{event.name}"
        try:
            async with asyncio.timeout(ACKNOWLEDGED):
                broker = await self._connected()
                await broker.publish(_body(event), subject, headers, stream=self._stream, timeout=ACKNOWLEDGED)
        except (NatsError, OSError) as error:  # OSError includes TimeoutError
            await self._forget()
            log.warning("an event was not published: %s", type(error).__name__)
            raise NotPublished("timeout" if isinstance(error, TimeoutError) else "refused") from error

    async def close(self) -> None:
        await self._forget()

    async def _connected(self) -> NatsBroker:
        async with self._connecting:
            if self._broker is None:
                # A lost connection is replaced here, so that each attempt knows at once how it went.
                broker = NatsBroker(self._url, allow_reconnect=False, connect_timeout=int(ACKNOWLEDGED), logger=None)
                await broker.connect()
                self._broker = broker
            return self._broker

    async def _forget(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            with suppress(NatsError, OSError):
                async with asyncio.timeout(CLOSING):
                    await broker.stop()


def _body(event: StoredEvent) -> bytes:
    return to_json(
        {
            "id": event.id,
            "name": event.name,
            "schema_version": event.schema_version,
            "subject_id": event.subject_id,
            "learner_id": event.learner_id,
            "payload": event.payload,
            "occurred_at": event.occurred_at,
            "actor_id": event.actor_id,
            "actor_kind": event.actor_kind,
        }
    )
