"""Noting the result of each attempt, which may disable the webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from application.delivery.webhooks.ports import WebhookAttempt, WebhookLog, Webhooks
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from domain.delivery.webhook_answers import WebhookAnswer


@dataclass(frozen=True, slots=True)
class NoteWebhookAttempt(Command[None]):
    """An attempt to send to a webhook, at the URL that it had then, has ended so."""

    webhook_id: UUID
    delivery_id: UUID
    answer: WebhookAnswer
    url: str = field(repr=False)


@handles(NoteWebhookAttempt, allow=the_system, internal=True)
async def note_webhook_attempt(
    command: NoteWebhookAttempt, actor: Actor, webhooks: Webhooks, log: WebhookLog, ids: Ids, clock: Clock
) -> None:
    """The service keeps how each attempt ended.

    It disables a webhook whose receiver answers 410 Gone, or for which every attempt of five days has failed. What the
    receiver at an earlier URL has answered says nothing about that at the present one.
    """
    now, answer = clock.now(), command.answer
    await log.add(WebhookAttempt(ids.new(), command.delivery_id, now, answer.status, answer.error, answer.milliseconds))
    webhook = await webhooks.held(command.webhook_id)
    if webhook is None or webhook.url != command.url:
        return
    if answer.is_success:
        webhook.note_success()
    else:
        webhook.note_failure(gone=answer.is_gone, now=now)
