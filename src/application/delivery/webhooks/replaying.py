"""Sending again what was sent to a webhook, or was given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.delivery.ports import Deliveries, DeliveryNotFound, DeliveryWaiting
from application.delivery.webhooks.ports import WebhookLog, Webhooks
from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from domain.delivery.webhooks import WebhookIsDisabled, WebhookNotFound
from domain.kernel.aggregate import MOST_NAMED


@dataclass(slots=True)
class Replayed:
    """How many deliveries are made again. `continue_at` is from when there may be more, null if these are all."""

    count: int
    continue_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplayWebhookDelivery(Command[Replayed]):
    """Make a finished delivery again, whether it arrived or not."""

    webhook_id: UUID
    delivery_id: UUID


@handles(
    ReplayWebhookDelivery,
    allow=administrators,
    raises=(WebhookNotFound, WebhookIsDisabled, DeliveryNotFound, DeliveryWaiting),
)
async def replay_webhook_delivery(
    command: ReplayWebhookDelivery,
    actor: Actor,
    webhooks: Webhooks,
    log: WebhookLog,
    deliveries: Deliveries,
    clock: Clock,
) -> Replayed:
    """Administrators have an event sent again to a webhook, with the `webhook-id` that it had before."""
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_active()
    if not await log.has(webhook.id, command.delivery_id):
        raise DeliveryNotFound
    await deliveries.replay(command.delivery_id, clock.now())
    webhook.replayed([command.delivery_id])
    return Replayed(1, None)


@dataclass(frozen=True, slots=True)
class ReplayWebhookDeliveries(Command[Replayed]):
    """Make the deliveries of events since a moment again: those that did not arrive, or with `delivered` all."""

    webhook_id: UUID
    since: datetime
    delivered: bool = False


@handles(ReplayWebhookDeliveries, allow=administrators, raises=(WebhookNotFound, WebhookIsDisabled))
async def replay_webhook_deliveries(
    command: ReplayWebhookDeliveries, actor: Actor, webhooks: Webhooks, log: WebhookLog, clock: Clock
) -> Replayed:
    """Administrators have the events since a moment sent again that did not arrive at a webhook, or all of them.

    What happened while it was disabled is among these. Oldest first, at most 5,000 in one request; those that still
    wait are left alone. Deliveries are kept for 30 days.
    """
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_active()
    found, last_at = await log.replay(
        webhook.id, command.since, delivered=command.delivered, now=clock.now(), limit=MOST_NAMED
    )
    webhook.replayed(found)
    return Replayed(len(found), last_at if len(found) == MOST_NAMED else None)
