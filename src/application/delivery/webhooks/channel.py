"""The channel by which events leave to webhooks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from application.delivery.channels import delivers
from application.delivery.webhooks.event_types import public_event_types
from application.delivery.webhooks.noting import NoteWebhookAttempt
from application.delivery.webhooks.ports import CHANNEL, WebhookTarget, WebhookTargets
from application.delivery.webhooks.sending import (
    MOST_SECONDS,
    SecretsKeyMissing,
    SecretUnreadable,
    WebhookMessage,
    WebhookSecrets,
    WebhookSender,
)
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.ports import Clock
from application.kernel.units import StoreUnavailable
from domain.delivery.deliveries import Claim, Dropped, Outcome, Postponed, Wanted
from domain.delivery.events import StoredEvent
from domain.delivery.retries import STANDARD_WEBHOOKS
from domain.delivery.webhooks import TEST, is_test, is_wanted, signs_at

log = logging.getLogger("unified_dental.webhooks")

AT_A_TIME, AT_A_TIME_FAILING = 8, 1
"""Attempts to one webhook that one worker makes at the same time, and to one that is failing.

A receiver that is slow or dead leaves the other places to the others.
"""
BUSY, BUSY_FAILING, UNREADABLE = timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=15)
"""When a delivery that had no place, or whose secret could not be read, is looked at again."""


class _Places:
    """The attempts to one webhook at the moment: those that have a place, and those that want one."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(AT_A_TIME)
        self.most = AT_A_TIME
        self.taken = 0
        self.wanted = 0


@delivers(CHANNEL)
class WebhookChannel:
    """Implements application.delivery.ports.Channel."""

    policy, concurrency = STANDARD_WEBHOOKS, 40
    deadline = MOST_SECONDS + timedelta(seconds=15)
    patience = 1.0
    """Seconds that an attempt waits for a place at its webhook."""

    def __init__(
        self, targets: WebhookTargets, sender: WebhookSender, secrets: WebhookSecrets, bus: Bus, clock: Clock
    ) -> None:
        self._targets = targets
        self._sender = sender
        self._secrets = secrets
        self._bus = bus
        self._clock = clock
        self._busy: dict[UUID, _Places] = {}

    async def wanted(self, events: Sequence[StoredEvent]) -> Sequence[Wanted]:
        """Also of those that are disabled: what they miss can then be replayed."""
        targets = await self._targets.every()
        return [Wanted(target.id, event) for event in events for target in targets if _wants(target, event)]

    def full(self) -> Collection[UUID]:
        return [target_id for target_id, places in self._busy.items() if places.taken >= places.most]

    async def deliver(self, claim: Claim) -> Outcome:
        target = await self._targets.one(claim.target_id)
        if target is None:
            return Dropped("webhook-deleted")
        if not target.is_active:
            return Dropped("webhook-disabled")
        if not _wants(target, claim.event):
            return Dropped("not-wanted")
        now = self._clock.now()
        try:
            secrets = [self._secrets.read(each.sealed) for each in target.secrets if signs_at(now, each.ends_at)]
        except (SecretsKeyMissing, SecretUnreadable) as error:
            log.error("webhook %s: its secret cannot be read (%s)", target.id, type(error).__name__)
            return Postponed("secret-unreadable", UNREADABLE)
        async with self._place_at(target) as has_place:
            if not has_place:
                return Postponed("busy", BUSY if target.failing_since is None else BUSY_FAILING)
            answer = await self._sender.send(message_of(claim.event), target.url, secrets, now)
        await self._note(NoteWebhookAttempt(target.id, claim.id, answer, target.url))
        return answer.outcome

    @asynccontextmanager
    async def _place_at(self, target: WebhookTarget) -> AsyncIterator[bool]:
        """Wait a moment for a place; whether there is one."""
        places = self._busy.setdefault(target.id, _Places())
        places.most = AT_A_TIME if target.failing_since is None else AT_A_TIME_FAILING
        places.wanted += 1
        try:
            if target.failing_since is not None and places.taken >= AT_A_TIME_FAILING:
                yield False
                return
            try:
                async with asyncio.timeout(self.patience):
                    await places.free.acquire()
            except TimeoutError:
                yield False
                return
            places.taken += 1
            try:
                yield True
            finally:
                places.taken -= 1
                places.free.release()
        finally:
            places.wanted -= 1
            if not places.wanted:
                del self._busy[target.id]

    async def _note(self, note: NoteWebhookAttempt) -> None:
        try:
            await self._bus.execute(note, Actor.system())
        except StoreUnavailable as error:
            # The result counts all the same.
            log.warning("an attempt for webhook %s was not noted: %s", note.webhook_id, type(error).__name__)


def message_of(event: StoredEvent) -> WebhookMessage:
    """The event as receivers get it."""
    return WebhookMessage(event.id, TEST if is_test(event) else event.name, event.occurred_at, dict(event.payload))


def _wants(target: WebhookTarget, event: StoredEvent) -> bool:
    return is_wanted(
        event, by=target.id, since=target.created_at, event_types=target.event_types, public=public_event_types()
    )
