"""Webhooks: receivers of other systems to which events are sent, by the Standard Webhooks specification."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from domain.delivery.events import StoredEvent
from domain.delivery.receivers import Receivers, ReceiverUrl
from domain.delivery.webhook_events import (
    DisabledBecause,
    WebhookAdded,
    WebhookDeleted,
    WebhookDeliveriesReplayed,
    WebhookDisabled,
    WebhookEdited,
    WebhookEnabled,
    WebhookSecretRotated,
    WebhookTested,
)
from domain.kernel.aggregate import Aggregate, in_sets, not_before
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.values import Between, Items, Text, enforce

WebhookDescription = Annotated[str, Text(500, min=0)]
EventType = Annotated[str, Text(80, pattern=r"[A-Za-z][A-Za-z.]*", hint="must be the name of an event")]
EventTypes = Annotated[tuple[EventType, ...], Items(300, unique=True)]
USUAL_OVERLAP, LONGEST_OVERLAP = 24, 30 * 24
OverlapHours = Annotated[int, Between(0, LONGEST_OVERLAP)]
"""Hours for which it is also signed with the earlier secret."""
MOST_LIVE = 2
"""Secrets that are signed with at a time: the one in use, and its successor."""
MOST_FAILING = timedelta(days=5)
"""A webhook is disabled when every attempt of so long has failed."""

TEST = "webhook.test"
"""The type of a test. Every webhook takes it; none asks for it."""


class WebhookNotFound(NotFound):
    slug = "webhook-not-found"
    title = "No such webhook"
    sentence = "There is no webhook with this id."


class WebhookUrlTaken(Conflict):
    slug = "webhook-url-taken"
    title = "The URL has a webhook"
    sentence = "Another webhook has this URL. Change that one: several would send each event several times."


class WebhookIsDisabled(Conflict):
    slug = "webhook-disabled"
    title = "The webhook is disabled"
    sentence = "Nothing is sent to a webhook that is disabled. Enable it first."


class TooManySecrets(Conflict):
    slug = "too-many-secrets"
    title = "The webhook has two live secrets"
    sentence = (
        "Two secrets of the webhook are live already. Wait until the earlier one has ended, or rotate with an overlap "
        "of 0 hours, which ends both at once."
    )


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that has just been made: its id, and its encrypted text."""

    id: UUID
    sealed: str


def signs_at(now: datetime, ends_at: datetime | None) -> bool:
    """Whether a secret that ends then, None for never, is signed with now."""
    return ends_at is None or now < ends_at


class WebhookSecret:
    """A secret that a webhook signs with. Its text is stored encrypted, since it is needed for signing."""

    def __init__(self, secret: NewSecret, *, now: datetime) -> None:
        self.id = secret.id
        self.sealed = secret.sealed
        self.created_at = now
        self.ends_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it is signed with."""
        return signs_at(now, self.ends_at)

    def end_by(self, moment: datetime) -> None:
        """End at this moment at the latest."""
        self.ends_at = moment if self.ends_at is None else min(self.ends_at, moment)


class Webhook(Aggregate):
    """A receiver of another system. Without `event_types` all public events are sent to it.

    `failing_since` is when the first attempt at its URL failed since the last that succeeded. It is no decision of
    anybody's, and does not change the version.
    """

    url: ReceiverUrl
    description: WebhookDescription
    event_types: EventTypes
    secrets: list[WebhookSecret]

    def __init__(
        self,
        id: UUID,
        *,
        url: str,
        description: str,
        event_types: Sequence[str],
        created_by: UUID | None,
        now: datetime,
    ) -> None:
        self.id = id
        self.url = url
        self.description = description
        self.event_types = tuple(event_types)
        self.is_active = True
        self.disabled_at: datetime | None = None
        self.disabled_because: DisabledBecause | None = None
        self.failing_since: datetime | None = None
        self.tested_at: datetime | None = None
        self.created_by = created_by
        self.secrets = []
        self.version = 1
        self.created_at = now
        self.updated_at = now
        enforce(self)

    @classmethod
    def add(
        cls,
        id: UUID,
        secret: NewSecret,
        receivers: Receivers,
        *,
        url: str,
        description: str,
        event_types: Sequence[str],
        by: UUID | None,
        now: datetime,
    ) -> Self:
        """A new webhook with its first secret. Raises InvalidValue."""
        webhook = cls(id, url=url, description=description, event_types=event_types, created_by=by, now=now)
        receivers.require(webhook.url)
        webhook.secrets.append(WebhookSecret(secret, now=now))
        webhook._happened(WebhookAdded(id))
        return webhook

    def edit(
        self, receivers: Receivers, *, url: str, description: str, event_types: Sequence[str], now: datetime
    ) -> None:
        """Replace what it is. Nothing happens if it stays the same. A receiver at another URL has not failed yet.

        Raises InvalidValue.
        """
        before = (self.url, self.description, self.event_types)
        self.url, self.description, self.event_types = url, description, tuple(event_types)
        enforce(self)
        if self.url != before[0]:
            receivers.require(self.url)
            self.failing_since = None
        if (self.url, self.description, self.event_types) != before:
            self._changed(now, WebhookEdited(self.id))

    def rotate(self, secret: NewSecret, *, overlap_hours: int, now: datetime) -> None:
        """Sign with this secret, and until the overlap ends with the earlier one too.

        Raises TooManySecrets when two are live and the overlap is not 0.
        """
        if overlap_hours and len(self.live_secrets(now)) >= MOST_LIVE:
            raise TooManySecrets
        until = now + timedelta(hours=overlap_hours)
        for earlier in [*self.secrets]:
            earlier.end_by(until)
            if not earlier.is_live(now):
                self.secrets.remove(earlier)
        self.secrets.append(WebhookSecret(secret, now=now))
        self._changed(now, WebhookSecretRotated(self.id, secret.id, until))

    def live_secrets(self, now: datetime) -> list[WebhookSecret]:
        """The secrets that are signed with, oldest first."""
        return [secret for secret in self.secrets if secret.is_live(now)]

    def enable(self, *, now: datetime) -> None:
        """Send again what happens from now on. Nothing happens if it is active."""
        if not self.is_active:
            self.is_active, self.disabled_at, self.disabled_because, self.failing_since = True, None, None, None
            self._changed(now, WebhookEnabled(self.id))

    def disable(self, because: DisabledBecause, *, now: datetime) -> None:
        """Send nothing any more. Nothing happens if it is disabled already."""
        if self.is_active:
            self.is_active, self.disabled_because = False, because
            self.disabled_at = not_before(now, self.created_at)
            self._changed(now, WebhookDisabled(self.id, because))

    def require_active(self) -> None:
        """Raises WebhookIsDisabled."""
        if not self.is_active:
            raise WebhookIsDisabled

    def test(self, *, now: datetime) -> None:
        """Have a test sent. Raises WebhookIsDisabled."""
        self.require_active()
        self.tested_at = not_before(now, self.created_at)
        self._changed(now, WebhookTested(self.id))

    def replayed(self, delivery_ids: Sequence[UUID]) -> None:
        """These deliveries are made again."""
        self._happened(*(WebhookDeliveriesReplayed(self.id, some) for some in in_sets(delivery_ids)))

    def delete(self) -> None:
        """Nothing is sent any more, and nothing is known of it."""
        self._happened(WebhookDeleted(self.id))

    def note_success(self) -> None:
        """An attempt has succeeded."""
        self.failing_since = None

    def note_failure(self, *, gone: bool, now: datetime) -> None:
        """An attempt has failed; `gone` if the receiver wants nothing any more. Either may disable the webhook."""
        self.failing_since = self.failing_since or now
        if gone:
            self.disable(DisabledBecause.GONE, now=now)
        elif now - self.failing_since >= MOST_FAILING:
            self.disable(DisabledBecause.FAILING, now=now)


def is_test(event: StoredEvent) -> bool:
    """Whether the event is a test of a webhook."""
    return event.name == WebhookTested.__name__


def is_wanted(
    event: StoredEvent, *, by: UUID, since: datetime, event_types: Collection[str], public: Collection[str]
) -> bool:
    """Whether the webhook that was added then takes the event: one of its types, or without any all that are public.

    A test is of one webhook alone.
    """
    if is_test(event):
        return event.subject_id == by
    return event.occurred_at >= since and event.name in public and (not event_types or event.name in event_types)
