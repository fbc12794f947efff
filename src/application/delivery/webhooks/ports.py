"""What the use cases of webhooks need of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.delivery.webhook_answers import SendError
from domain.delivery.webhooks import Webhook

CHANNEL = "webhooks"
"""The name of the channel, by which deliveries are known."""


class Webhooks(Protocol):
    """Webhooks with their secrets, bound to a unit of work.

    Changing the URL of one to that of another raises WebhookUrlTaken, at commit.
    """

    async def get(self, webhook_id: UUID) -> Webhook:
        """Raises WebhookNotFound. What is changed is kept at commit."""

    async def held(self, webhook_id: UUID) -> Webhook | None:
        """The same, None if there is no such one; nobody else changes it before the unit ends."""

    async def every(self) -> Sequence[Webhook]:
        """All webhooks, in any order. What is changed is kept at commit."""

    async def add(self, webhook: Webhook) -> None:
        """Raises WebhookUrlTaken, here or at commit."""

    async def remove(self, webhook: Webhook) -> None:
        """Remove it with its secrets."""


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """An attempt to send: the HTTP status, or why there was no answer; and how many milliseconds it took."""

    id: UUID
    delivery_id: UUID
    at: datetime
    status: int | None
    error: SendError | None
    milliseconds: int


class WebhookLog(Protocol):
    """The deliveries of webhooks and their attempts, bound to a unit of work. Attempts go with their delivery."""

    async def add(self, attempt: WebhookAttempt) -> None:
        """Keep it."""

    async def has(self, webhook_id: UUID, delivery_id: UUID) -> bool:
        """Whether this is a delivery of this webhook."""

    async def replay(
        self, webhook_id: UUID, since: datetime, *, delivered: bool, now: datetime, limit: int
    ) -> tuple[Sequence[UUID], datetime | None]:
        """Make wait again, as if they had not been attempted, deliveries of events since then that did not arrive.

        With `delivered` those that arrived too. Oldest events first, at most so many; the result are their ids, and
        when the last of these events happened. Those that wait are left alone.
        """


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it is stored, and when it ends."""

    sealed: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """What sending to a webhook needs to know of it, with all its secrets, oldest first."""

    id: UUID
    url: str
    event_types: tuple[str, ...]
    is_active: bool
    failing_since: datetime | None
    created_at: datetime
    secrets: tuple[SealedSecret, ...]

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookTarget:
        secrets = tuple(SealedSecret(each.sealed, each.ends_at) for each in webhook.secrets)
        return cls(
            webhook.id,
            webhook.url,
            webhook.event_types,
            webhook.is_active,
            webhook.failing_since,
            webhook.created_at,
            secrets,
        )


class WebhookTargets(Protocol):
    """Reads where to send, one statement a call; works outside of units of work."""

    async def every(self) -> Sequence[WebhookTarget]:
        """All webhooks, in any order."""

    async def one(self, webhook_id: UUID) -> WebhookTarget | None:
        """The webhook, None if there is no such one."""
