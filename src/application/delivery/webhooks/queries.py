"""Reading webhooks, and what was sent to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.views import view_of
from domain.delivery.deliveries import DeliveryState
from domain.delivery.webhook_answers import SendError
from domain.delivery.webhook_events import DisabledBecause
from domain.delivery.webhooks import Webhook, WebhookNotFound, WebhookSecret


@dataclass(slots=True)
class WebhookSecretView:
    """A secret, without its text. `ends_at` is until when it is signed with, null for the newest."""

    id: UUID
    created_at: datetime
    ends_at: datetime | None

    @classmethod
    def of(cls, secret: WebhookSecret) -> WebhookSecretView:
        return view_of(cls, secret)


@dataclass(slots=True)
class WebhookView:
    """A webhook. Without `event_types` all public events are sent to it.

    `disabled_because` is `administrator`, `gone` (the receiver answered 410) or `failing` (every attempt failed for
    five days). `failing_since` is when the first attempt failed since the last that succeeded, null if the last one
    succeeded. `created_by` is null if it was added at the command line.
    """

    id: UUID
    url: str
    description: str
    event_types: list[str]
    is_active: bool
    disabled_at: datetime | None
    disabled_because: DisabledBecause | None
    failing_since: datetime | None
    tested_at: datetime | None
    created_by: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    secrets: list[WebhookSecretView]

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookView:
        return view_of(
            cls,
            webhook,
            event_types=list(webhook.event_types),
            secrets=[WebhookSecretView.of(secret) for secret in webhook.secrets],
        )


@dataclass(slots=True)
class WebhookAttemptView:
    """An attempt: the HTTP status of the answer, or why there was none. Nothing else of an answer is kept."""

    at: datetime
    status: int | None
    error: SendError | None
    milliseconds: int


@dataclass(slots=True)
class WebhookDeliveryView:
    """An event on its way to the webhook, or sent to it; the receiver gets `event_id` as `webhook-id`.

    `dead` was given up, `dropped` is not wanted any more; both can be sent again. `attempts_made` counts since it was
    last sent again; `attempts` are all that are kept, oldest first. `next_attempt_at` is null when it is finished.
    """

    id: UUID
    event_id: UUID
    event_name: str
    state: DeliveryState
    attempts_made: int
    next_attempt_at: datetime | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None
    attempts: list[WebhookAttemptView]


class WebhookReader(Protocol):
    """Reads webhooks with one statement per call."""

    async def page(self, after: Cursor | None, limit: int) -> Page[WebhookView]:
        """By creation, newest first."""

    async def detail(self, webhook_id: UUID) -> WebhookView | None:
        """The webhook, None when there is no such one."""

    async def deliveries(
        self, webhook_id: UUID, state: DeliveryState | None, after: Cursor | None, limit: int
    ) -> Page[WebhookDeliveryView] | None:
        """Its deliveries, newest first, all or those in this state; None when there is no such webhook."""


@dataclass(frozen=True, slots=True)
class ListWebhooks(Query[Page[WebhookView]]):
    """The webhooks, newest first."""

    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListWebhooks, allow=administrators)
async def list_webhooks(query: ListWebhooks, actor: Actor, webhooks: WebhookReader) -> Page[WebhookView]:
    """Show administrators the webhooks, newest first, never the text of a secret."""
    return await webhooks.page(query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ReadWebhook(Query[WebhookView]):
    """One webhook."""

    webhook_id: UUID


@handles(ReadWebhook, allow=administrators, raises=(WebhookNotFound,))
async def read_webhook(query: ReadWebhook, actor: Actor, webhooks: WebhookReader) -> WebhookView:
    """Show administrators a webhook, never the text of a secret."""
    webhook = await webhooks.detail(query.webhook_id)
    if webhook is None:
        raise WebhookNotFound
    return webhook


@dataclass(frozen=True, slots=True)
class ListWebhookDeliveries(Query[Page[WebhookDeliveryView]]):
    """What was sent to a webhook, newest first."""

    webhook_id: UUID
    state: DeliveryState | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListWebhookDeliveries, allow=administrators, raises=(WebhookNotFound,))
async def list_webhook_deliveries(
    query: ListWebhookDeliveries, actor: Actor, webhooks: WebhookReader
) -> Page[WebhookDeliveryView]:
    """Show administrators which events were sent to a webhook or wait for that, and how each attempt ended.

    Finished deliveries are removed after 30 days.
    """
    page = await webhooks.deliveries(query.webhook_id, query.state, query.cursor, query.limit)
    if page is None:
        raise WebhookNotFound
    return page
