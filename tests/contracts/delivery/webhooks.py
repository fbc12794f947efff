"""The contract of webhooks: the repository, the log, and the readers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from application.delivery.ports import Deliveries
from application.delivery.webhooks.ports import (
    CHANNEL,
    WebhookAttempt,
    WebhookLog,
    Webhooks,
    WebhookTarget,
    WebhookTargets,
)
from application.delivery.webhooks.queries import WebhookDeliveryView, WebhookReader, WebhookView
from application.kernel.messages import Cursor, Page
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.delivery.deliveries import happened, started
from contracts.make import NOBODY, ON_ONE_LINE, T, later, uid, user_id
from domain.delivery.deliveries import DeliveryState, Settled, Wanted
from domain.delivery.events import StoredEvent
from domain.delivery.receivers import Receivers
from domain.delivery.webhook_answers import SendError
from domain.delivery.webhook_events import DisabledBecause, WebhookDisabled, WebhookSecretRotated
from domain.delivery.webhooks import MOST_FAILING, NewSecret, Webhook, WebhookNotFound, WebhookUrlTaken
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import StaleVersion

RECEIVERS = Receivers()
ANSWERS = {
    "delivered": Settled(DeliveryState.DELIVERED, 1, None, None),
    "dead": Settled(DeliveryState.DEAD, 10, None, "answered 500"),
    "dropped": Settled(DeliveryState.DROPPED, 1, None, "webhook-disabled"),
    "waiting": Settled(DeliveryState.WAITING, 1, later(days=9), "timeout"),
}


def a_secret(n: int) -> NewSecret:
    return NewSecret(uid(50_000 + n), f"sealed {n}")


def a_webhook(n: int = 1, *, url: str | None = None, at: datetime = T, types: tuple[str, ...] = ()) -> Webhook:
    """The webhook with id n, and its secret `a_secret(n)`."""
    return Webhook.add(
        uid(n),
        a_secret(n),
        RECEIVERS,
        url=url or f"https://hooks{n}.example.com/x",
        description="",
        event_types=types,
        by=None,
        now=at,
    )


def a_full_webhook(n: int = 1) -> Webhook:
    """A webhook with a value in every field: two secrets, tested, and disabled since it failed for days."""
    webhook = Webhook.add(
        uid(n),
        a_secret(n),
        RECEIVERS,
        url=f"https://hooks{n}.example.com/" + "x" * 1_900,
        description=ON_ONE_LINE,
        event_types=("TrainingRecorded", "UsersEdited"),
        by=user_id(7),
        now=T,
    )
    webhook.rotate(a_secret(100 + n), overlap_hours=5, now=later(hours=1, microseconds=999_999))
    webhook.test(now=later(hours=2, microseconds=1))
    webhook.note_failure(gone=False, now=later(hours=3))
    webhook.note_failure(gone=False, now=later(hours=3) + MOST_FAILING)
    return webhook


async def change(backend: Backend, webhook_id: UUID, work: Callable[[Webhook], object]) -> list[DomainEvent]:
    """Load the webhook in a unit of work of its own and change it; the events."""

    async def do(unit: Unit) -> list[DomainEvent]:
        work(await unit.port(Webhooks).get(webhook_id))
        return unit.take_events()

    return await backend.units.run(do)


async def sent(backend: Backend, *results: str, webhook: int = 1, channel: str = CHANNEL) -> list[UUID]:
    """An event for each of the results, an hour apart, and its delivery to the webhook; their ids, oldest first."""
    before = len(await happened(backend))
    for number in range(len(results)):
        # Each is about another learner, so that none waits for another.
        event = started(100 + before + number, user=before + number)
        events = await happened(backend, event, at=later(hours=before + number))

        async def plan(unit: Unit, planned: StoredEvent = events[-1]) -> None:
            await unit.port(Deliveries).plan(channel, [Wanted(uid(webhook), planned)], planned.occurred_at)

        await backend.units.run(plan)
    ids: dict[UUID, UUID] = {}

    async def settle(unit: Unit) -> None:
        deliveries = unit.port(Deliveries)
        claims = await deliveries.claim(channel, later(days=5), timedelta(minutes=1), 1_000)
        for claim in claims:
            ids[claim.event.id] = claim.id
        for claim, result in zip(sorted(claims, key=lambda each: each.event.place), results, strict=True):
            await deliveries.settle(claim, ANSWERS[result], later(days=5))

    await backend.units.run(settle)
    return [ids[event.id] for event in events[before:]]


async def log(backend: Backend, *attempts: WebhookAttempt) -> None:
    """Keep these attempts."""

    async def add(unit: Unit) -> None:
        for attempt in attempts:
            await unit.port(WebhookLog).add(attempt)

    await backend.units.run(add)


async def shown(backend: Backend, webhook: int = 1, state: DeliveryState | None = None) -> list[WebhookDeliveryView]:
    page = await backend.reader(WebhookReader).deliveries(uid(webhook), state, None, 200)
    assert page is not None
    return list(page.items)


@about(Webhooks)
class TestWebhooks:
    @pytest.mark.parametrize("make", [a_webhook, a_full_webhook])
    async def test_a_webhook_comes_back_as_added(self, backend: Backend, make: Callable[[], Webhook]) -> None:
        webhook = make()
        await save(backend, webhook)

        async def find(unit: Unit, held: bool) -> Webhook | None:
            webhooks = unit.port(Webhooks)
            return await (webhooks.held(uid(1)) if held else webhooks.get(uid(1)))

        for held in (True, False):
            found = await backend.units.run(partial(find, held=held))
            assert found is not None
            assert found is not webhook
            assert plain(WebhookView.of(found)) == plain(WebhookView.of(webhook))
            assert [each.sealed for each in found.secrets] == [each.sealed for each in webhook.secrets]
            assert found.event_types == webhook.event_types
            assert found.disabled_because is webhook.disabled_because

    async def test_an_unknown_one_is_not_there(self, backend: Backend) -> None:
        with pytest.raises(WebhookNotFound):
            await backend.units.run(lambda unit: unit.port(Webhooks).get(NOBODY))
        assert await backend.units.run(lambda unit: unit.port(Webhooks).held(NOBODY)) is None

    async def test_changes_are_kept_with_the_secrets(self, backend: Backend) -> None:
        await save(backend, a_webhook())
        events = await change(
            backend, uid(1), lambda webhook: webhook.rotate(a_secret(2), overlap_hours=1, now=later(hours=1))
        )
        assert events == [WebhookSecretRotated(uid(1), a_secret(2).id, later(hours=2))]
        await change(backend, uid(1), lambda webhook: webhook.rotate(a_secret(3), overlap_hours=0, now=later(hours=1)))
        found = await backend.units.run(lambda unit: unit.port(Webhooks).get(uid(1)))
        assert [(each.id, each.sealed, each.ends_at) for each in found.secrets] == [(a_secret(3).id, "sealed 3", None)]
        assert found.version == 3

    async def test_what_an_attempt_says_does_not_change_the_version(self, backend: Backend) -> None:
        await save(backend, a_webhook())
        await change(backend, uid(1), lambda webhook: webhook.note_failure(gone=False, now=later(hours=1)))
        found = await backend.units.run(lambda unit: unit.port(Webhooks).get(uid(1)))
        assert (found.failing_since, found.version, found.updated_at) == (later(hours=1), 1, T)
        await change(backend, uid(1), Webhook.note_success)
        found = await backend.units.run(lambda unit: unit.port(Webhooks).get(uid(1)))
        assert (found.failing_since, found.version) == (None, 1)

    async def test_all_of_them_can_be_changed_at_once(self, backend: Backend) -> None:
        await save(backend, a_full_webhook(1), a_webhook(2))

        async def work(unit: Unit) -> int:
            secrets = [each for webhook in await unit.port(Webhooks).every() for each in webhook.secrets]
            for secret in secrets:
                secret.sealed = f"again {secret.sealed}"
            return len(secrets)

        assert await backend.units.run(work) == 3
        targets = await backend.reader(WebhookTargets).every()
        assert sorted(each.sealed for target in targets for each in target.secrets) == [
            *("again sealed 1", "again sealed 101", "again sealed 2"),
        ]
        detail = await backend.reader(WebhookReader).detail(uid(2))
        assert detail is not None
        assert detail.version == 1

    async def test_no_two_have_the_same_url(self, backend: Backend) -> None:
        await save(backend, a_webhook(1), a_webhook(2))
        with pytest.raises(WebhookUrlTaken):
            await save(backend, a_webhook(3, url=a_webhook(1).url))

        def move(webhook: Webhook) -> None:
            webhook.edit(RECEIVERS, url=a_webhook(1).url, description="", event_types=(), now=later(hours=1))

        with pytest.raises(WebhookUrlTaken):
            await change(backend, uid(2), move)

    async def test_what_was_removed_is_gone_and_its_url_free(self, backend: Backend) -> None:
        await save(backend, a_full_webhook())
        await sent(backend, "delivered")

        async def remove(unit: Unit) -> None:
            webhooks = unit.port(Webhooks)
            webhook = await webhooks.get(uid(1))
            webhook.delete()
            await webhooks.remove(webhook)

        await backend.units.run(remove)
        await save(backend, a_webhook(2, url=a_full_webhook().url))
        reader = backend.reader(WebhookReader)
        assert [await reader.detail(uid(n)) is None for n in (1, 2)] == [True, False]
        assert await reader.deliveries(uid(1), None, None, 50) is None

    async def test_a_decision_about_an_earlier_version_is_refused(self, backend: Backend) -> None:
        """Also one that was made while an attempt disabled the webhook."""
        await save(backend, a_webhook())
        events = await change(backend, uid(1), lambda webhook: webhook.note_failure(gone=True, now=later(hours=1)))
        assert events == [WebhookDisabled(uid(1), DisabledBecause.GONE)]
        with pytest.raises(StaleVersion):
            await change(backend, uid(1), lambda webhook: webhook.require_version(frozenset({1})))


@about(WebhookReader)
class TestWebhookReader:
    async def test_it_shows_a_webhook_with_its_secrets(self, backend: Backend) -> None:
        await save(backend, a_full_webhook(1), a_webhook(2))
        reader = backend.reader(WebhookReader)
        assert plain(await reader.detail(uid(1))) == plain(WebhookView.of(a_full_webhook(1)))
        assert plain(await reader.detail(uid(2))) == plain(WebhookView.of(a_webhook(2)))
        assert await reader.detail(NOBODY) is None
        assert "sealed" not in repr(await reader.detail(uid(1)))

    async def test_the_newest_is_first(self, backend: Backend) -> None:
        webhooks = {n: a_webhook(n, at=later(hours=hours)) for n, hours in {1: 1, 2: 3, 3: 2, 4: 2}.items()}
        webhooks[3].rotate(a_secret(30), overlap_hours=1, now=later(hours=4))
        await save(backend, *webhooks.values())
        reader = backend.reader(WebhookReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4]}.items():
            found = await pages(reader.page, size)
            items = [plain(item) for page in found for item in page]
            assert items == [plain(WebhookView.of(webhooks[n])) for n in (2, 4, 3, 1)]
            assert [len(page) for page in found] == sizes

    async def test_it_shows_deliveries_with_their_attempts(self, backend: Backend) -> None:
        await save(backend, a_webhook(1), a_webhook(2))
        first, second, third = await sent(backend, "delivered", "dead", "waiting")
        await sent(backend, "delivered", webhook=2)
        await sent(backend, "delivered", channel="mail")
        await log(
            backend,
            WebhookAttempt(uid(3), second, later(hours=2), None, SendError.ADDRESS_NOT_PUBLIC, 0),
            WebhookAttempt(uid(2), second, later(hours=1), 503, None, 15_000),
            WebhookAttempt(uid(1), first, later(hours=3), 204, None, 12),
        )
        found = await shown(backend)
        assert [each.id for each in found] == [third, second, first]
        assert [(each.event_name, each.state, each.attempts_made, each.last_error) for each in found] == [
            ("ModuleStarted", DeliveryState.WAITING, 1, "timeout"),
            ("ModuleStarted", DeliveryState.DEAD, 10, "answered 500"),
            ("ModuleStarted", DeliveryState.DELIVERED, 1, None),
        ]
        assert [
            [(made.at, made.status, made.error, made.milliseconds) for made in each.attempts] for each in found
        ] == [
            [],
            [(later(hours=1), 503, None, 15_000), (later(hours=2), None, SendError.ADDRESS_NOT_PUBLIC, 0)],
            [(later(hours=3), 204, None, 12)],
        ]
        assert [each.id for each in await shown(backend, state=DeliveryState.DEAD)] == [second]

    async def test_deliveries_come_in_pages(self, backend: Backend) -> None:
        await save(backend, a_webhook())
        reader = backend.reader(WebhookReader)

        async def read(after: Cursor | None, limit: int) -> Page[WebhookDeliveryView] | None:
            return await reader.deliveries(uid(1), None, after, limit)

        ids = await sent(backend, *["delivered"] * 5)
        for delivery in ids:
            await log(backend, *(WebhookAttempt(UUID(int=delivery.int ^ n), delivery, T, 200, None, n) for n in (1, 2)))
        found = await pages(read, 2)
        assert [[each.id for each in page] for page in found] == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]

    async def test_a_webhook_without_deliveries_and_one_that_is_not_there(self, backend: Backend) -> None:
        await save(backend, a_webhook())
        assert await shown(backend) == []
        assert await backend.reader(WebhookReader).deliveries(NOBODY, None, None, 50) is None


@about(WebhookLog)
class TestWebhookLog:
    async def test_it_knows_whose_a_delivery_is(self, backend: Backend) -> None:
        await save(backend, a_webhook(1), a_webhook(2))
        (delivery,) = await sent(backend, "delivered")
        (of_mail,) = await sent(backend, "delivered", channel="mail")

        async def has(webhook_id: UUID, delivery_id: UUID) -> bool:
            return await backend.units.run(lambda unit: unit.port(WebhookLog).has(webhook_id, delivery_id))

        assert await has(uid(1), delivery)
        assert not any([await has(uid(2), delivery), await has(uid(1), of_mail), await has(uid(1), NOBODY)])

    @pytest.mark.parametrize(
        ("since", "delivered", "limit", "expected"),
        [
            (0, False, 100, [1, 2, 5]),
            (0, True, 100, [0, 1, 2, 4, 5]),
            (0, True, 2, [0, 1]),
            (2, False, 100, [2, 5]),
            (6, True, 100, []),
        ],
    )
    async def test_what_did_not_arrive_is_made_again(
        self, backend: Backend, since: int, delivered: bool, limit: int, expected: list[int]
    ) -> None:
        await save(backend, a_webhook(1), a_webhook(2))
        results = ("delivered", "dead", "dropped", "waiting", "delivered", "dead")
        ids = await sent(backend, *results)
        await sent(backend, "dead", webhook=2)
        now = later(days=6)

        async def replay(unit: Unit) -> tuple[object, datetime | None]:
            return await unit.port(WebhookLog).replay(
                uid(1), later(hours=since), delivered=delivered, now=now, limit=limit
            )

        assert await backend.units.run(replay) == (
            [ids[n] for n in expected],
            later(hours=expected[-1]) if expected else None,
        )
        after = {each.id: each for each in await shown(backend)}
        for number, result in enumerate(results):
            view = after[ids[number]]
            if number in expected:
                assert (view.state, view.attempts_made, view.next_attempt_at, view.finished_at) == (
                    *(DeliveryState.WAITING, 0, now, None),
                )
            else:
                assert view.state == result
        assert [each.state for each in await shown(backend, 2)] == [DeliveryState.DEAD]

    async def test_attempts_go_with_their_delivery(self, backend: Backend) -> None:
        await save(backend, a_webhook())
        gone, kept = await sent(backend, "delivered", "waiting")
        await log(backend, *(WebhookAttempt(UUID(int=each.int ^ 1), each, T, 200, None, 1) for each in (gone, kept)))
        await backend.units.run(lambda unit: unit.port(Deliveries).forget(later(days=30), 100))
        assert [(each.id, len(each.attempts)) for each in await shown(backend)] == [(kept, 1)]


@about(WebhookTargets)
class TestWebhookTargets:
    async def test_it_reads_all_that_sending_needs(self, backend: Backend) -> None:
        await save(backend, a_full_webhook(1), a_webhook(2, types=("ModuleDeleted",)))
        reader = backend.reader(WebhookTargets)
        expected = {n: WebhookTarget.of(webhook) for n, webhook in ((1, a_full_webhook(1)), (2, a_webhook(2)))}
        assert await reader.one(uid(1)) == expected[1]
        assert await reader.one(NOBODY) is None
        every = {each.id: each for each in await reader.every()}
        assert every.keys() == {uid(1), uid(2)}
        assert every[uid(1)] == expected[1]
        assert (every[uid(2)].event_types, every[uid(2)].is_active) == (("ModuleDeleted",), True)
        assert [len(every[uid(n)].secrets) for n in (1, 2)] == [2, 1]
