"""Webhooks from an event to its receiver: the channel, with the courier that every channel has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from adapters.memory.delivery.webhooks import MemoryWebhookTargets
from adapters.webhooks.secrets import SealedSecrets
from adapters.webhooks.sender import HttpsSender
from application.delivery.courier import Courier
from application.delivery.webhooks.channel import AT_A_TIME, WebhookChannel
from application.delivery.webhooks.commands import (
    AddWebhook,
    DeleteWebhook,
    DisableWebhook,
    EditWebhook,
    EnableWebhook,
    RotateWebhookSecret,
    SendWebhookTest,
)
from application.delivery.webhooks.ports import CHANNEL
from application.delivery.webhooks.queries import ListWebhookDeliveries, ReadWebhook, WebhookDeliveryView, WebhookView
from application.delivery.webhooks.replaying import Replayed, ReplayWebhookDeliveries, ReplayWebhookDelivery
from application.delivery.webhooks.sending import WebhookMessage
from application.kernel.ports import Clock
from application.people.users.commands import RegisterUser
from domain.delivery.deliveries import DeliveryState
from domain.delivery.receivers import Receivers
from domain.delivery.retries import STANDARD_WEBHOOKS
from domain.delivery.webhook_answers import SendError, WebhookAnswer
from domain.delivery.webhook_events import DisabledBecause
from domain.delivery.webhooks import MOST_FAILING, NewSecret
from domain.delivery.webhooks import Webhook as AddedWebhook
from kit.measured import Measured
from kit.receivers import at, authorities, never, receiving, status
from kit.saving import save_all
from kit.surroundings import SECRETS_KEY, ForetoldChance
from situations.stage import OFFICER, MemoryStage

OK = WebhookAnswer(200, None, 5)
LATER = timedelta(hours=48)
URL = "https://hooks.example.com/training"


@dataclass
class Sender:
    """Notes what is sent, and answers as a test wants it to; by URL, or 200."""

    answers: dict[str, WebhookAnswer] = field(default_factory=dict)
    sent: list[tuple[str, WebhookMessage, Sequence[str]]] = field(default_factory=list)

    async def send(self, message: WebhookMessage, url: str, secrets: Sequence[str], sent_at: datetime) -> WebhookAnswer:
        self.sent.append((url, message, secrets))
        return self.answers.get(url, OK)

    @property
    def types(self) -> list[str]:
        return [message.type for _, message, _ in self.sent]


class Office:
    """The service in memory, with a worker for webhooks."""

    def __init__(self, sender: Any = None, keys: Sequence[str] = (SECRETS_KEY,), clock: Clock | None = None) -> None:
        self.stage = stage = MemoryStage()
        self.sender: Any = sender or Sender()
        self.channel = WebhookChannel(
            MemoryWebhookTargets(stage.store), self.sender, SealedSecrets(keys), stage.bus, clock or stage.clock
        )
        self.courier = Courier(
            CHANNEL,
            self.channel,
            stage.units,
            stage.events,
            stage.clock,
            ForetoldChance(),
        )

    async def add(self, url: str = URL, *types: str) -> Any:
        return await self.stage.do(AddWebhook(url, event_types=types), OFFICER)

    async def happens(self, times: int = 1) -> None:
        """So many people are registered, each in an event of its own."""
        for _ in range(times):
            number = len(self.stage.told)
            await self.stage.do(RegisterUser(f"user{number}@example.com"), OFFICER)

    async def works(self) -> int:
        """The worker does all that is due; how many attempts it made."""
        return await self.courier.once()

    async def shown(self, webhook: Any) -> WebhookView:
        view: WebhookView = await self.stage.bus.ask(ReadWebhook(webhook.id), OFFICER)
        return view

    async def deliveries(self, webhook: Any) -> list[WebhookDeliveryView]:
        return list((await self.stage.bus.ask(ListWebhookDeliveries(webhook.id), OFFICER)).items)


@pytest.fixture
def office() -> Office:
    return Office()


class TestWhatIsSent:
    async def test_an_event_is_sent_once_to_each_webhook_that_wants_it(self, office: Office) -> None:
        await office.happens()  # Before there is any.
        office.stage.clock.advance(timedelta(seconds=1))
        everything, some = await office.add(), await office.add("https://other.example.com/", "UsersRegistered")
        await office.add("https://third.example.com/", "ModuleDeleted")
        await office.happens()
        course = await office.stage.draft()
        await office.works()
        assert await office.works() == 0
        assert [url for url, message, _ in office.sender.sent if message.type == "UsersRegistered"] == [URL, some.url]
        to_everything = [message for url, message, _ in office.sender.sent if url == URL]
        assert {message.type for message in to_everything} == {"UsersRegistered", "ModuleDrafted"}
        drafted = next(message for message in to_everything if message.type == "ModuleDrafted")
        assert drafted.data["module_id"] == str(course.id)
        assert {str(each.event_id) for each in await office.deliveries(everything)} == {
            str(message.id) for message in to_everything
        }

    async def test_what_happens_to_webhooks_is_not_sent(self, office: Office) -> None:
        webhook = await office.add()
        await office.stage.do(EditWebhook(webhook.id, description="HR"), OFFICER)
        assert await office.works() == 0

    async def test_a_test_is_sent_to_one_webhook_whatever_its_types(self, office: Office) -> None:
        webhook = await office.add(URL, "ModuleDeleted")
        await office.add("https://other.example.com/")
        await office.stage.do(SendWebhookTest(webhook.id), OFFICER)
        await office.works()
        ((url, message, _),) = office.sender.sent
        assert (url, message.type, message.data) == (URL, "webhook.test", {"webhook_id": str(webhook.id)})
        assert (await office.shown(webhook)).tested_at == office.stage.now()

    async def test_a_changed_filter_counts_for_what_waits(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(500, None, 5)
        await office.happens()
        await office.works()
        await office.stage.do(EditWebhook(webhook.id, event_types=("ModuleDeleted",)), OFFICER)
        office.stage.clock.advance(LATER)
        await office.works()
        (delivery,) = await office.deliveries(webhook)
        assert (delivery.state, delivery.last_error, len(office.sender.sent)) == (
            DeliveryState.DROPPED,
            "not-wanted",
            1,
        )

    async def test_it_is_signed_with_both_secrets_until_the_earlier_one_ends(self, office: Office) -> None:
        first = await office.add()
        second = await office.stage.do(RotateWebhookSecret(first.id, 24), OFFICER)
        await office.happens()
        await office.works()
        office.stage.clock.advance(timedelta(hours=24))
        await office.happens()
        await office.works()
        assert [secrets for _, _, secrets in office.sender.sent] == [[first.secret, second.secret], [second.secret]]


class TestFailures:
    async def test_a_failure_is_repeated_with_the_same_id(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(503, None, 40)
        await office.happens()
        await office.works()
        (delivery,) = await office.deliveries(webhook)
        assert (delivery.state, delivery.attempts_made, delivery.last_error) == (
            DeliveryState.WAITING,
            1,
            "answered 503",
        )
        assert (await office.shown(webhook)).failing_since == office.stage.now()
        del office.sender.answers[URL]
        office.stage.clock.advance(timedelta(seconds=10))
        await office.works()
        (delivery,) = await office.deliveries(webhook)
        assert (delivery.state, [each.status for each in delivery.attempts]) == (DeliveryState.DELIVERED, [503, 200])
        assert [each.milliseconds for each in delivery.attempts] == [40, 5]
        assert (await office.shown(webhook)).failing_since is None
        assert len({message.id for _, message, _ in office.sender.sent}) == 1

    async def test_the_wait_that_the_receiver_asks_for_is_kept(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(429, None, 5, timedelta(hours=3))
        await office.happens()
        await office.works()
        (delivery,) = await office.deliveries(webhook)
        assert delivery.next_attempt_at == office.stage.now() + timedelta(hours=3)

    async def test_it_is_given_up_after_the_last_attempt_and_can_be_sent_again(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(None, SendError.UNREACHABLE, 5)
        await office.happens()
        for wait in STANDARD_WEBHOOKS.delays:
            office.stage.clock.advance(wait * (1 + STANDARD_WEBHOOKS.jitter))
            assert await office.works() == 1
        (delivery,) = await office.deliveries(webhook)
        assert (delivery.state, delivery.last_error, len(delivery.attempts)) == (DeliveryState.DEAD, "unreachable", 10)
        assert (await office.shown(webhook)).is_active
        del office.sender.answers[URL]
        since = office.stage.now() - timedelta(days=7)
        assert (await office.stage.do(ReplayWebhookDeliveries(webhook.id, since), OFFICER)).count == 1
        await office.works()
        (delivery,) = await office.deliveries(webhook)
        assert (delivery.state, len(delivery.attempts)) == (DeliveryState.DELIVERED, 11)

    async def test_410_disables_it_at_once(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(410, None, 5)
        await office.happens(2)
        await office.works()
        view = await office.shown(webhook)
        assert (view.is_active, view.disabled_because) == (False, DisabledBecause.GONE)
        assert {each.state for each in await office.deliveries(webhook)} <= {DeliveryState.DEAD, DeliveryState.DROPPED}

    async def test_the_receiver_at_an_earlier_url_says_nothing_of_the_present_one(self) -> None:
        gate = Gate(URL, WebhookAnswer(410, None, 5))
        office = Office(gate)
        webhook = await office.add()
        await office.happens()
        working = asyncio.create_task(office.works())
        await gate.begun.wait()
        await office.stage.do(EditWebhook(webhook.id, url="https://moved.example.com/"), OFFICER)
        gate.opened.set()
        await working
        view = await office.shown(webhook)
        assert (view.is_active, view.failing_since) == (True, None)
        (delivery,) = await office.deliveries(webhook)
        assert [each.status for each in delivery.attempts] == [410]

    async def test_a_receiver_at_another_url_has_five_days_of_its_own(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers = dict.fromkeys((URL, "https://moved.example.com/"), WebhookAnswer(500, None, 5))
        await office.happens()
        await office.works()
        office.stage.clock.advance(MOST_FAILING)
        await office.stage.do(EditWebhook(webhook.id, url="https://moved.example.com/"), OFFICER)
        await office.works()
        view = await office.shown(webhook)
        assert (view.is_active, view.failing_since) == (True, office.stage.now())

    async def test_days_of_failures_disable_it_with_a_reason(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(None, SendError.TIMEOUT, 15_000)
        begun = office.stage.now()
        for _ in range(6):
            await office.happens()
            await office.works()
            office.stage.clock.advance(timedelta(days=1))
        view = await office.shown(webhook)
        assert (view.is_active, view.disabled_because, view.failing_since) == (False, DisabledBecause.FAILING, begun)
        assert view.disabled_at == begun + MOST_FAILING
        sent = len(office.sender.sent)
        await office.happens()
        await office.works()
        assert len(office.sender.sent) == sent
        assert {(each.state, each.last_error) for each in (await office.deliveries(webhook))[:1]} == {
            (DeliveryState.DROPPED, "webhook-disabled")
        }

    async def test_a_deleted_webhook_gets_nothing_more(self, office: Office) -> None:
        webhook = await office.add()
        office.sender.answers[URL] = WebhookAnswer(500, None, 5)
        await office.happens()
        await office.works()
        await office.stage.do(DeleteWebhook(webhook.id), OFFICER)
        office.stage.clock.advance(LATER)
        assert (await office.works(), len(office.sender.sent)) == (0, 1)

    async def test_a_secret_that_cannot_be_read_loses_nothing(self) -> None:
        """The operator has replaced the key without keeping the earlier one."""
        broken = Office(keys=["b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="])
        webhook = await broken.add()
        await broken.happens()
        await broken.works()
        (delivery,) = await broken.deliveries(webhook)
        assert (delivery.state, delivery.last_error) == (DeliveryState.WAITING, "secret-unreadable")
        assert (delivery.attempts_made, broken.sender.sent) == (0, [])
        assert (await broken.shown(webhook)).failing_since is None


class TestReplaying:
    async def test_one_that_arrived_is_sent_again_under_the_same_id(self, office: Office) -> None:
        webhook = await office.add()
        await office.happens()
        await office.works()
        (delivery,) = await office.deliveries(webhook)
        assert await office.stage.do(ReplayWebhookDelivery(webhook.id, delivery.id), OFFICER) == Replayed(1, None)
        await office.works()
        first, second = (message for _, message, _ in office.sender.sent)
        assert first == second
        (delivery,) = await office.deliveries(webhook)
        assert (delivery.attempts_made, len(delivery.attempts)) == (1, 2)

    async def test_what_happened_while_it_was_disabled_is_sent_afterwards(self, office: Office) -> None:
        webhook = await office.add()
        await office.happens()
        await office.works()
        office.stage.clock.advance(timedelta(hours=1))
        since = office.stage.now()
        await office.stage.do(DisableWebhook(webhook.id), OFFICER)
        await office.happens(3)
        await office.works()
        assert len(office.sender.sent) == 1
        await office.stage.do(EnableWebhook(webhook.id), OFFICER)
        assert (await office.stage.do(ReplayWebhookDeliveries(webhook.id, since), OFFICER)).count == 3
        await office.works()
        assert len(office.sender.sent) == 4
        assert (await office.stage.do(ReplayWebhookDeliveries(webhook.id, since), OFFICER)).count == 0
        assert (await office.stage.do(ReplayWebhookDeliveries(webhook.id, since, True), OFFICER)).count == 3


class Gate:
    """A sender whose attempts to one URL wait while the gate is closed; others are answered at once."""

    def __init__(self, url: str, answer: WebhookAnswer = OK, enough: int = 2 * AT_A_TIME) -> None:
        self._url = url
        self._enough = enough
        self._answer = answer
        self.opened = asyncio.Event()
        self.begun, self.all_quick = asyncio.Event(), asyncio.Event()
        self.at_once = self.most = self.quick = 0

    async def send(self, message: WebhookMessage, url: str, secrets: Sequence[str], sent_at: datetime) -> WebhookAnswer:
        if url != self._url:
            self.quick += 1
            if self.quick == self._enough:
                self.all_quick.set()
            return OK
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.begun.set()
        await self.opened.wait()
        self.at_once -= 1
        return self._answer


class TestOthersAreNotHeldUp:
    async def test_a_slow_receiver_has_no_more_than_its_places(self) -> None:
        gate = Gate(URL)
        office = Office(gate)
        office.channel.patience = 0
        slow = await office.add()
        await office.add("https://quick.example.com/")
        await office.happens(2 * AT_A_TIME)
        working = asyncio.create_task(office.works())
        await gate.all_quick.wait()
        assert gate.most <= AT_A_TIME
        gate.opened.set()
        await working
        waiting = [each for each in await office.deliveries(slow) if each.state is DeliveryState.WAITING]
        assert {(each.last_error, each.attempts_made) for each in waiting} == {("busy", 0)}
        office.stage.clock.advance(timedelta(minutes=1))
        await office.works()
        assert {each.state for each in await office.deliveries(slow)} == {DeliveryState.DELIVERED}

    async def test_however_much_waits_for_a_slow_one_the_others_get_theirs(self) -> None:
        much = 3 * WebhookChannel.concurrency
        gate, stop = Gate(URL, enough=much), asyncio.Event()
        office = Office(gate)
        office.channel.patience = 3_600
        await office.add()
        await office.add("https://quick.example.com/")
        await office.happens(much)
        working = asyncio.create_task(office.courier.run(stop, 0, 0.001))
        async with asyncio.timeout(60):
            await gate.all_quick.wait()
        stop.set()
        await working
        assert gate.most == AT_A_TIME

    async def test_a_failing_receiver_is_tried_by_one_attempt_at_a_time(self) -> None:
        gate = Gate(URL, WebhookAnswer(500, None, 5))
        office = Office(gate)
        failing = await office.add()
        gate.opened.set()
        await office.happens()
        await office.works()
        gate.opened.clear()
        gate.begun.clear()
        await office.happens(5)
        working = asyncio.create_task(office.works())
        await gate.begun.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        assert gate.most == 1
        gate.opened.set()
        await working
        assert len(await office.deliveries(failing)) == 6

    @pytest.mark.fault("forty deliveries beside a receiver that never answers and one that is dead")
    async def test_over_real_connections(self, measured: Measured) -> None:
        """Forty people are registered. One receiver never answers, nobody listens at another, and one is well."""
        sender = HttpsSender(
            Receivers(local=True).may_reach, resolve=at("127.0.0.1"), authorities=authorities(), seconds=60
        )
        office = Office(sender, clock=MachineClock())
        async with receiving(never) as slow, receiving(status(204)) as well:
            async with receiving() as dead:
                pass
            texts = [await added(office, n, receiver.url()) for n, receiver in enumerate((slow, dead, well), 1)]
            await office.happens(40)
            stop, gone_on = asyncio.Event(), asyncio.Event()
            well.on_received = lambda: gone_on.set() if len(well.received) == 40 else None
            working = asyncio.create_task(office.courier.run(stop, 0.1))
            await gone_on.wait()
            stop.set()
            await working
        measured(
            delivered=len({request.headers["webhook-id"] for request in well.received}),
            delivered_twice=len(well.received) - len({request.headers["webhook-id"] for request in well.received}),
            connections_to_the_slow_receiver=slow.connections,
            connections_allowed=AT_A_TIME,
        )
        for request in well.received:
            assert Verifier(texts[2]).verify(request.body, request.headers)["type"] == "UsersRegistered"
        assert len({request.headers["webhook-id"] for request in well.received}) == 40
        assert slow.connections <= AT_A_TIME
        assert all(json.loads(request.body) for request in slow.received)


class MachineClock:
    """The machine's clock, with which the specification's library compares."""

    def now(self) -> datetime:
        return datetime.now(UTC)


async def added(office: Office, number: int, url: str) -> str:
    """A webhook for a receiver on this machine; the text of its secret."""
    text, sealed = SealedSecrets([SECRETS_KEY]).new()
    webhook = AddedWebhook.add(
        UUID(int=number),
        NewSecret(UUID(int=100 + number), sealed),
        Receivers(local=True),
        url=url,
        description="",
        event_types=("UsersRegistered",),
        by=None,
        now=office.stage.now(),
    )
    await save_all(office.stage.units, webhook)
    return text
