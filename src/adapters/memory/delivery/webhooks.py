"""Webhooks, and what was sent to them, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.delivery.deliveries import DELIVERIES, Row
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Unique, newest_first
from adapters.registry import serves
from application.delivery.webhooks.ports import (
    CHANNEL,
    WebhookAttempt,
    WebhookLog,
    Webhooks,
    WebhookTarget,
    WebhookTargets,
)
from application.delivery.webhooks.queries import (
    WebhookAttemptView,
    WebhookDeliveryView,
    WebhookReader,
    WebhookView,
)
from application.kernel.messages import Cursor, Page
from application.kernel.views import view_of
from domain.delivery.deliveries import DeliveryState
from domain.delivery.webhooks import Webhook, WebhookNotFound, WebhookUrlTaken

WEBHOOKS = MemoryTable[UUID, Webhook]("webhooks", Unique(lambda webhook: webhook.url, WebhookUrlTaken))
ATTEMPTS = MemoryTable[UUID, WebhookAttempt]("webhook_attempts")


@serves(Webhooks)
class MemoryWebhooks:
    """Implements application.delivery.webhooks.ports.Webhooks."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._webhooks = unit.draft(WEBHOOKS)

    async def get(self, webhook_id: UUID) -> Webhook:
        webhook = self._webhooks.load(webhook_id)
        if webhook is None:
            raise WebhookNotFound
        return webhook

    async def held(self, webhook_id: UUID) -> Webhook | None:
        return self._webhooks.load(webhook_id)

    async def every(self) -> Sequence[Webhook]:
        return [await self.get(each.id) for each in [*self._webhooks.rows()]]

    async def add(self, webhook: Webhook) -> None:
        self._webhooks.put(webhook.id, webhook)

    async def remove(self, webhook: Webhook) -> None:
        self._webhooks.remove(webhook.id)


@serves(WebhookLog)
class MemoryWebhookLog:
    """Implements application.delivery.webhooks.ports.WebhookLog."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._attempts = unit.draft(ATTEMPTS)
        self._deliveries = unit.draft(DELIVERIES)

    async def add(self, attempt: WebhookAttempt) -> None:
        self._attempts.put(attempt.id, attempt)

    async def has(self, webhook_id: UUID, delivery_id: UUID) -> bool:
        row = self._deliveries.peek(delivery_id)
        return row is not None and _is_of(webhook_id, row)

    async def replay(
        self, webhook_id: UUID, since: datetime, *, delivered: bool, now: datetime, limit: int
    ) -> tuple[Sequence[UUID], datetime | None]:
        states = {DeliveryState.DEAD, DeliveryState.DROPPED, *([DeliveryState.DELIVERED] if delivered else [])}
        found = [
            row
            for row in self._deliveries.rows()
            if _is_of(webhook_id, row) and row.state in states and row.event.occurred_at >= since
        ]
        found = sorted(found, key=lambda row: (row.event.occurred_at, row.event.place))[:limit]
        for row in found:
            self._deliveries.put(row.id, row.again(now))
        return [row.id for row in found], found[-1].event.occurred_at if found else None


@serves(WebhookTargets)
class MemoryWebhookTargets:
    """Implements application.delivery.webhooks.ports.WebhookTargets."""

    def __init__(self, store: MemoryStore) -> None:
        self._webhooks = store.table(WEBHOOKS)

    async def every(self) -> Sequence[WebhookTarget]:
        return [WebhookTarget.of(each) for each in self._webhooks.rows()]

    async def one(self, webhook_id: UUID) -> WebhookTarget | None:
        webhook = self._webhooks.peek(webhook_id)
        return None if webhook is None else WebhookTarget.of(webhook)


@serves(WebhookReader)
class MemoryWebhookReader:
    """Implements application.delivery.webhooks.queries.WebhookReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._webhooks = store.table(WEBHOOKS)
        self._deliveries = store.table(DELIVERIES)
        self._attempts = store.table(ATTEMPTS)

    async def page(self, after: Cursor | None, limit: int) -> Page[WebhookView]:
        rows = self._webhooks.rows()
        return newest_first(rows, lambda each: (each.created_at, each.id), WebhookView.of, after=after, limit=limit)

    async def detail(self, webhook_id: UUID) -> WebhookView | None:
        webhook = self._webhooks.peek(webhook_id)
        return None if webhook is None else WebhookView.of(webhook)

    async def deliveries(
        self, webhook_id: UUID, state: DeliveryState | None, after: Cursor | None, limit: int
    ) -> Page[WebhookDeliveryView] | None:
        if self._webhooks.peek(webhook_id) is None:
            return None
        rows = (
            row for row in self._deliveries.rows() if _is_of(webhook_id, row) and (state is None or row.state is state)
        )
        return newest_first(rows, lambda row: (row.created_at, row.id), self._shown, after=after, limit=limit)

    def _shown(self, row: Row) -> WebhookDeliveryView:
        made = sorted(
            (each for each in self._attempts.rows() if each.delivery_id == row.id), key=lambda each: (each.at, each.id)
        )
        return view_of(
            WebhookDeliveryView,
            row,
            event_id=row.event.id,
            event_name=row.event.name,
            attempts_made=row.attempts,
            attempts=[view_of(WebhookAttemptView, each) for each in made],
        )


def _is_of(webhook_id: UUID, row: Row) -> bool:
    return row.channel == CHANNEL and row.target_id == webhook_id
