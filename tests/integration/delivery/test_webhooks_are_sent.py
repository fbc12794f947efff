"""Webhooks on real databases, to real receivers: from a change to its delivery, and what the log shows afterwards."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook as Signer

from adapters.webhooks.secrets import SealedSecrets
from adapters.webhooks.sender import HttpsSender
from application.delivery.courier import Courier
from application.delivery.ports import EventLog
from application.delivery.webhooks.channel import WebhookChannel
from application.delivery.webhooks.commands import EnableWebhook, RotateWebhookSecret, SendWebhookTest
from application.delivery.webhooks.noting import NoteWebhookAttempt
from application.delivery.webhooks.ports import CHANNEL, WebhookTargets
from application.delivery.webhooks.queries import WebhookDeliveryView, WebhookReader, WebhookView
from application.delivery.webhooks.replaying import Replayed, ReplayWebhookDeliveries
from application.kernel.access import Actor
from application.people.users.commands import RegisterUser
from contracts.backend import save
from contracts.make import uid
from domain.delivery.deliveries import DeliveryState
from domain.delivery.receivers import Receivers
from domain.delivery.webhook_answers import WebhookAnswer
from domain.delivery.webhook_events import DisabledBecause
from domain.delivery.webhooks import NewSecret, Webhook
from integration.backends import ADMIN, SqlBackend
from kit.delivering import a_dead_delivery, stored
from kit.receivers import Received, at, authorities, receiving, status
from kit.surroundings import SECRETS_KEY, ForetoldChance
from worlds.memory import Timed

SECRETS = SealedSecrets([SECRETS_KEY])


class Office:
    """The service on a database, with a worker for webhooks and webhook 1."""

    def __init__(self, backend: SqlBackend) -> None:
        self.backend = backend
        self.world = world = Timed()
        self.bus = backend.bus(world.clock, world)
        self.events = backend.reader(EventLog)
        sender = HttpsSender(Receivers(local=True).may_reach, resolve=at("127.0.0.1"), authorities=authorities())
        channel = WebhookChannel(backend.reader(WebhookTargets), sender, SECRETS, self.bus, world.clock)
        self.courier = Courier(CHANNEL, channel, backend.units, self.events, world.clock, ForetoldChance())

    async def add(self, url: str) -> str:
        """Add the webhook; the text of its secret."""
        text, sealed = SECRETS.new()
        now = self.world.clock.now()
        options: dict[str, Any] = {"url": url, "description": "", "event_types": (), "by": None, "now": now}
        await save(self.backend, Webhook.add(uid(1), NewSecret(uid(2), sealed), Receivers(local=True), **options))
        return text

    async def works(self, events: int) -> None:
        """The worker does all that is due, once there are so many events."""
        await stored(self.events, events)
        await self.courier.once()

    async def shown(self) -> WebhookView:
        view = await self.backend.reader(WebhookReader).detail(uid(1))
        assert view is not None
        return view

    async def deliveries(self) -> list[WebhookDeliveryView]:
        page = await self.backend.reader(WebhookReader).deliveries(uid(1), None, None, 100)
        assert page is not None
        return list(page.items)


def is_signed(request: Received, *secrets: str) -> bool:
    """Whether the request has a signature by each of these secrets, in this order, and no other."""
    identifier, stamp = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
    moment = datetime.fromtimestamp(stamp, UTC)
    expected = [Signer(secret).sign(identifier, moment, request.body.decode()) for secret in secrets]
    return request.headers["webhook-signature"].split(" ") == expected


async def test_events_arrive_signed_and_the_log_shows_them(backend: SqlBackend) -> None:
    office = Office(backend)
    async with receiving() as receiver:
        first = await office.add(receiver.url())
        await office.bus.execute(RegisterUser("ana@example.com"), ADMIN)
        await office.works(1)
        second = (await office.bus.execute(RotateWebhookSecret(uid(1), 24), ADMIN)).secret
        await office.bus.execute(SendWebhookTest(uid(1)), ADMIN)
        await office.works(3)
    one, two = receiver.received
    assert [json.loads(request.body)["type"] for request in (one, two)] == ["UsersRegistered", "webhook.test"]
    assert is_signed(one, first)
    assert is_signed(two, first, second or "")
    found = await office.deliveries()
    assert {each.state for each in found} == {DeliveryState.DELIVERED}
    assert {str(each.event_id) for each in found} == {request.headers["webhook-id"] for request in (one, two)}
    assert [[made.status for made in each.attempts] for each in found] == [[200], [200]]


async def test_a_receiver_that_is_gone_disables_it_and_nothing_is_lost(backend: SqlBackend) -> None:
    office = Office(backend)
    since = office.world.clock.now() - timedelta(seconds=1)
    async with receiving(status(410)) as receiver:
        await office.add(receiver.url())
        await office.bus.execute(RegisterUser("ana@example.com"), ADMIN)
        await office.works(1)
        view = await office.shown()
        assert (view.is_active, view.disabled_because) == (False, DisabledBecause.GONE)
        await office.bus.execute(RegisterUser("ben@example.com"), ADMIN)
        await office.works(3)
        assert sorted(each.state for each in await office.deliveries()) == [DeliveryState.DEAD, DeliveryState.DROPPED]
        assert len(receiver.received) == 1

        receiver.answer = status(204)
        await office.bus.execute(EnableWebhook(uid(1)), ADMIN)
        assert await office.bus.execute(ReplayWebhookDeliveries(uid(1), since), ADMIN) == Replayed(2, None)
        await office.works(5)
    assert {each.state for each in await office.deliveries()} == {DeliveryState.DELIVERED}
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 2


async def test_attempts_that_end_together_disable_it_once(backend: SqlBackend) -> None:
    office = Office(backend)
    await office.add("https://hooks.example.com/")
    await office.bus.execute(RegisterUser("ana@example.com"), ADMIN)
    delivery_id = await a_dead_delivery(backend.units, office.events, uid(1))
    note = NoteWebhookAttempt(uid(1), delivery_id, WebhookAnswer(410, None, 5), "https://hooks.example.com/")
    await asyncio.gather(*(office.bus.execute(note, Actor.system()) for _ in range(5)))
    assert [name for name, *_ in await backend.outbox()].count("WebhookDisabled") == 1
    assert (await office.shown()).version == 2
    (delivery,) = await office.deliveries()
    assert len(delivery.attempts) == 5
