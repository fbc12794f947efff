"""Events to a stream of a message broker, for other systems that want all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from application.delivery.channels import delivers
from domain.delivery.deliveries import Claim, Delivered, Failed, Outcome, Wanted
from domain.delivery.events import StoredEvent
from domain.delivery.retries import STANDARD_WEBHOOKS

TARGET = UUID("3f0e6ad4-5a0b-5d0e-9d3c-6f6c7a2f1b66")
"""There is one stream; any id."""


class NotPublished(Exception):
    """The broker has not acknowledged the event. The reason is one word, as in `Failed`."""


class EventStream(Protocol):
    """A stream of a message broker."""

    @property
    def is_set_up(self) -> bool:
        """Whether there is a stream; otherwise no event is meant for it."""

    async def publish(self, event: StoredEvent) -> None:
        """Have the event stored by the broker, once however often it is published soon again. Raises NotPublished."""

    async def close(self) -> None:
        """Close the connection."""


class NoStream:
    """Where no stream is set up."""

    is_set_up = False

    async def publish(self, event: StoredEvent) -> None:
        raise NotPublished("missing")

    async def close(self) -> None:
        return


@delivers("stream")
class Stream:
    """Publishes every event. Events about the same learner arrive in order; an event that arrives twice has one id."""

    policy, deadline, concurrency = STANDARD_WEBHOOKS, timedelta(seconds=10), 10

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream

    async def wanted(self, events: Sequence[StoredEvent]) -> Sequence[Wanted]:
        return [Wanted(TARGET, event) for event in events] if self._stream.is_set_up else []

    def full(self) -> Sequence[UUID]:
        return ()

    async def deliver(self, claim: Claim) -> Outcome:
        try:
            await self._stream.publish(claim.event)
        except NotPublished as error:
            return Failed(str(error))
        return Delivered()
