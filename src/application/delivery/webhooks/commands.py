"""Managing webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Annotated, Any
from uuid import UUID

from application.delivery.ports import Deliveries
from application.delivery.webhooks.event_types import require_known
from application.delivery.webhooks.ports import CHANNEL, Webhooks
from application.delivery.webhooks.queries import WebhookView
from application.delivery.webhooks.sending import SecretsKeyMissing, WebhookSecrets
from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, ShownOnce, Unset, given
from application.kernel.ports import Clock, Ids
from domain.delivery.receivers import Receivers, ReceiverUrl
from domain.delivery.webhook_events import DisabledBecause
from domain.delivery.webhooks import (
    USUAL_OVERLAP,
    EventTypes,
    NewSecret,
    OverlapHours,
    TooManySecrets,
    Webhook,
    WebhookDescription,
    WebhookIsDisabled,
    WebhookNotFound,
    WebhookUrlTaken,
)
from domain.kernel.aggregate import ExpectedVersions


@dataclass(slots=True)
class WebhookWithSecret(WebhookView):
    """The webhook with the text of the secret that was made, with which receivers verify signatures.

    The text is shown in this answer alone. If the request is repeated with its Idempotency-Key, or the answer was lost,
    `secret` is null: rotate the secret.
    """

    secret: Annotated[str | None, ShownOnce()] = field(repr=False)


def _with(secret: str, webhook: Webhook) -> WebhookWithSecret:
    view = WebhookView.of(webhook)
    shown: dict[str, Any] = {each.name: getattr(view, each.name) for each in fields(WebhookView)}
    return WebhookWithSecret(**shown, secret=secret)


@dataclass(frozen=True, slots=True)
class AddWebhook(Command[WebhookWithSecret]):
    """Have events sent to a receiver. Without `event_types` all public events are."""

    url: ReceiverUrl
    description: WebhookDescription = ""
    event_types: EventTypes = ()


@handles(AddWebhook, allow=administrators, raises=(WebhookUrlTaken, SecretsKeyMissing))
async def add_webhook(
    command: AddWebhook,
    actor: Actor,
    webhooks: Webhooks,
    secrets: WebhookSecrets,
    receivers: Receivers,
    ids: Ids,
    clock: Clock,
) -> WebhookWithSecret:
    """Administrators have events sent to a receiver of another system, from now on.

    The URL must begin with https://, name its host and use port 443 or 8443; its host must have addresses of the public
    internet alone, which is checked whenever something is sent. The answer shows the secret, once.
    """
    require_known(command.event_types)
    text, sealed = secrets.new()
    webhook = Webhook.add(
        ids.new(),
        NewSecret(ids.new(), sealed),
        receivers,
        url=command.url,
        description=command.description,
        event_types=command.event_types,
        by=actor.id,
        now=clock.now(),
    )
    await webhooks.add(webhook)
    return _with(text, webhook)


@dataclass(frozen=True, slots=True)
class EditWebhook(Command[WebhookView]):
    """Change the given fields of a webhook."""

    webhook_id: UUID
    expected_versions: ExpectedVersions = None
    url: ReceiverUrl | Unset = UNSET
    description: WebhookDescription | Unset = UNSET
    event_types: EventTypes | Unset = UNSET


@handles(EditWebhook, allow=administrators, raises=(WebhookNotFound, WebhookUrlTaken))
async def edit_webhook(
    command: EditWebhook, actor: Actor, webhooks: Webhooks, receivers: Receivers, clock: Clock
) -> WebhookView:
    """Administrators change the URL of a webhook or which events are sent to it, also of those that wait already."""
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_version(command.expected_versions)
    event_types = given(command.event_types, webhook.event_types)
    if event_types != webhook.event_types:
        require_known(event_types)
    webhook.edit(
        receivers,
        url=given(command.url, webhook.url),
        description=given(command.description, webhook.description),
        event_types=event_types,
        now=clock.now(),
    )
    return WebhookView.of(webhook)


@dataclass(frozen=True, slots=True)
class DeleteWebhook(Command[None]):
    """Delete a webhook."""

    webhook_id: UUID
    expected_versions: ExpectedVersions = None


@handles(DeleteWebhook, allow=administrators, raises=(WebhookNotFound,))
async def delete_webhook(
    command: DeleteWebhook, actor: Actor, webhooks: Webhooks, deliveries: Deliveries, clock: Clock
) -> None:
    """Administrators delete a webhook. What waits to be sent to it is not sent any more."""
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_version(command.expected_versions)
    webhook.delete()
    await webhooks.remove(webhook)
    await deliveries.drop(CHANNEL, webhook.id, "webhook-deleted", clock.now())


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret(Command[WebhookWithSecret]):
    """Sign with a new secret, and during the overlap with the earlier one too.

    An overlap of 0 hours ends all earlier ones at once, for example when one has leaked.
    """

    webhook_id: UUID
    overlap_hours: OverlapHours = USUAL_OVERLAP
    expected_versions: ExpectedVersions = None


@handles(RotateWebhookSecret, allow=administrators, raises=(WebhookNotFound, TooManySecrets, SecretsKeyMissing))
async def rotate_webhook_secret(
    command: RotateWebhookSecret, actor: Actor, webhooks: Webhooks, secrets: WebhookSecrets, ids: Ids, clock: Clock
) -> WebhookWithSecret:
    """Administrators replace the secret of a webhook. The answer shows the new one, once.

    Until the overlap ends, each request has two signatures, so that the receiver can change over without losing any.
    """
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_version(command.expected_versions)
    text, sealed = secrets.new()
    webhook.rotate(NewSecret(ids.new(), sealed), overlap_hours=command.overlap_hours, now=clock.now())
    return _with(text, webhook)


@dataclass(frozen=True, slots=True)
class EnableWebhook(Command[WebhookView]):
    """Send events again to a webhook that is disabled."""

    webhook_id: UUID
    expected_versions: ExpectedVersions = None


@handles(EnableWebhook, allow=administrators, raises=(WebhookNotFound,))
async def enable_webhook(command: EnableWebhook, actor: Actor, webhooks: Webhooks, clock: Clock) -> WebhookView:
    """Administrators enable a webhook, also one that the service has disabled. Nothing happens if it is active.

    What happened while it was disabled is sent only when its deliveries are replayed.
    """
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_version(command.expected_versions)
    webhook.enable(now=clock.now())
    return WebhookView.of(webhook)


@dataclass(frozen=True, slots=True)
class DisableWebhook(Command[WebhookView]):
    """Send nothing more to a webhook."""

    webhook_id: UUID
    expected_versions: ExpectedVersions = None


@handles(DisableWebhook, allow=administrators, raises=(WebhookNotFound,))
async def disable_webhook(command: DisableWebhook, actor: Actor, webhooks: Webhooks, clock: Clock) -> WebhookView:
    """Administrators disable a webhook: nothing is sent to it until it is enabled. Nothing happens if it is disabled.

    What happens meanwhile is noted among its deliveries as dropped, and can be replayed.
    """
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_version(command.expected_versions)
    webhook.disable(DisabledBecause.ADMINISTRATOR, now=clock.now())
    return WebhookView.of(webhook)


@dataclass(frozen=True, slots=True)
class SendWebhookTest(Command[WebhookView]):
    """Send a test to a webhook."""

    webhook_id: UUID
    expected_versions: ExpectedVersions = None


@handles(SendWebhookTest, allow=administrators, raises=(WebhookNotFound, WebhookIsDisabled))
async def send_webhook_test(command: SendWebhookTest, actor: Actor, webhooks: Webhooks, clock: Clock) -> WebhookView:
    """Administrators have an event of type `webhook.test` sent to a webhook, for any `event_types`.

    It is sent, signed and repeated like any other; the list of deliveries shows the result.
    """
    webhook = await webhooks.get(command.webhook_id)
    webhook.require_version(command.expected_versions)
    webhook.test(now=clock.now())
    return WebhookView.of(webhook)
