"""Events of webhooks. None holds a secret, or the address of a receiver. They are not sent to webhooks themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.aggregate import DomainEvent


class DisabledBecause(StrEnum):
    """Why nothing is sent to a webhook."""

    ADMINISTRATOR = "administrator"
    """An administrator has disabled it."""
    GONE = "gone"
    """Its receiver has answered 410 Gone."""
    FAILING = "failing"
    """Every attempt has failed for days."""


@dataclass(frozen=True, slots=True)
class WebhookEvent(DomainEvent):
    """Something that happened to a webhook."""

    webhook_id: UUID
    """The webhook."""

    @property
    def subject_id(self) -> UUID:
        return self.webhook_id


@dataclass(frozen=True, slots=True)
class WebhookAdded(WebhookEvent):
    """A webhook was added, and its secret shown to the actor of this event."""


@dataclass(frozen=True, slots=True)
class WebhookEdited(WebhookEvent):
    """The URL, the description or the event types of a webhook were changed."""


@dataclass(frozen=True, slots=True)
class WebhookDeleted(WebhookEvent):
    """A webhook was deleted. What still waited to be sent to it is not sent."""


@dataclass(frozen=True, slots=True)
class WebhookSecretRotated(WebhookEvent):
    """A webhook was given another secret, which was shown to the actor of this event."""

    secret_id: UUID
    """The new secret."""
    earlier_until: datetime
    """Until when it is also signed with the earlier secret."""


@dataclass(frozen=True, slots=True)
class WebhookDisabled(WebhookEvent):
    """Nothing is sent to a webhook any more."""

    because: DisabledBecause
    """Why."""


@dataclass(frozen=True, slots=True)
class WebhookEnabled(WebhookEvent):
    """What happens from now on is sent to a webhook that was disabled."""


@dataclass(frozen=True, slots=True)
class WebhookTested(WebhookEvent):
    """An administrator had a test sent to a webhook: this event, under the type `webhook.test`."""


@dataclass(frozen=True, slots=True)
class WebhookDeliveriesReplayed(WebhookEvent):
    """Deliveries of a webhook that were finished are made again. A larger number is split into several such events."""

    delivery_ids: tuple[UUID, ...]
    """The deliveries."""
