"""Webhooks: what they want, their secrets, and when they are disabled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.delivery.deliveries import Delivered, Failed, Refused
from domain.delivery.events import Place, StoredEvent
from domain.delivery.receivers import Receivers
from domain.delivery.webhook_answers import SendError, WebhookAnswer
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
from domain.delivery.webhooks import (
    MOST_FAILING,
    NewSecret,
    TooManySecrets,
    Webhook,
    WebhookIsDisabled,
    is_wanted,
)
from domain.kernel.aggregate import MOST_NAMED
from domain.kernel.errors import InvalidValue
from kit.examples import LATER, uid

NOW, W = LATER, uid(1)
INTERNET = Receivers()
URL = "https://hooks.example.com/training"


def secret(n: int) -> NewSecret:
    return NewSecret(uid(50 + n), f"sealed {n}")


def webhook(**given: Any) -> Webhook:
    """A webhook added now, whose events are taken."""
    options: dict[str, Any] = {"url": URL, "description": "", "event_types": (), "by": None, "now": NOW, **given}
    made = Webhook.add(W, secret(1), INTERNET, **options)
    assert made.take_events() == [WebhookAdded(W)]
    return made


def edit(one: Webhook, **given: Any) -> None:
    options = {"url": one.url, "description": one.description, "event_types": one.event_types, "now": NOW, **given}
    one.edit(INTERNET, **options)


def after(**by: float) -> datetime:
    return NOW + timedelta(**by)


class TestEditing:
    def test_a_changed_url_is_judged(self) -> None:
        one = webhook()
        with pytest.raises(InvalidValue, match="https"):
            edit(one, url="http://hooks.example.com/")
        edit(one, url="https://other.example.com/", event_types=["UsersEdited"])
        assert (one.url, one.event_types, one.version) == ("https://other.example.com/", ("UsersEdited",), 2)
        assert one.take_events() == [WebhookEdited(W)]

    def test_nothing_happens_when_nothing_changes(self) -> None:
        one = webhook()
        edit(one)
        assert (one.version, one.take_events()) == (1, [])

    def test_event_types_are_named_once(self) -> None:
        with pytest.raises(InvalidValue, match="repeat"):
            webhook(event_types=("UsersEdited", "UsersEdited"))


class TestSecrets:
    def test_both_secrets_sign_until_the_overlap_ends(self) -> None:
        one = webhook()
        one.rotate(secret(2), overlap_hours=24, now=NOW)
        assert [each.id for each in one.live_secrets(after(hours=23))] == [secret(1).id, secret(2).id]
        assert [each.id for each in one.live_secrets(after(hours=24))] == [secret(2).id]
        assert one.take_events() == [WebhookSecretRotated(W, secret(2).id, after(hours=24))]

    def test_without_an_overlap_all_earlier_ones_end_at_once(self) -> None:
        one = webhook()
        one.rotate(secret(2), overlap_hours=24, now=NOW)
        one.rotate(secret(3), overlap_hours=0, now=NOW)
        assert [each.id for each in one.secrets] == [secret(3).id]

    def test_no_more_than_two_sign(self) -> None:
        one = webhook()
        one.rotate(secret(2), overlap_hours=24, now=NOW)
        with pytest.raises(TooManySecrets):
            one.rotate(secret(3), overlap_hours=24, now=after(hours=23))
        one.rotate(secret(3), overlap_hours=24, now=after(hours=24))
        assert [each.id for each in one.secrets] == [secret(2).id, secret(3).id]


class TestFailing:
    def test_days_of_failures_disable_it(self) -> None:
        one = webhook()
        almost = MOST_FAILING - timedelta(microseconds=1)
        for passed in (timedelta(), timedelta(days=2), almost):
            one.note_failure(gone=False, now=NOW + passed)
        assert (one.is_active, one.failing_since, one.take_events()) == (True, NOW, [])
        one.note_failure(gone=False, now=NOW + MOST_FAILING)
        assert (one.is_active, one.disabled_because) == (False, DisabledBecause.FAILING)
        assert one.disabled_at == NOW + MOST_FAILING
        assert one.take_events() == [WebhookDisabled(W, DisabledBecause.FAILING)]
        one.note_failure(gone=False, now=NOW + 2 * MOST_FAILING)
        assert one.take_events() == []

    def test_one_success_begins_the_count_again(self) -> None:
        one = webhook()
        one.note_failure(gone=False, now=NOW)
        one.note_success()
        one.note_failure(gone=False, now=NOW + MOST_FAILING)
        assert (one.is_active, one.failing_since) == (True, NOW + MOST_FAILING)

    def test_a_receiver_that_is_gone_disables_it_at_once(self) -> None:
        one = webhook()
        one.note_failure(gone=True, now=NOW)
        assert one.take_events() == [WebhookDisabled(W, DisabledBecause.GONE)]

    def test_enabling_begins_again(self) -> None:
        one = webhook()
        one.note_failure(gone=True, now=NOW)
        one.enable(now=after(days=9))
        assert (one.is_active, one.disabled_at, one.disabled_because, one.failing_since) == (True, None, None, None)
        assert one.take_events()[-1] == WebhookEnabled(W)
        one.enable(now=after(days=9))
        assert one.take_events() == []

    def test_an_administrator_disables_it_once(self) -> None:
        one = webhook()
        for _ in range(2):
            one.disable(DisabledBecause.ADMINISTRATOR, now=NOW)
        assert one.take_events() == [WebhookDisabled(W, DisabledBecause.ADMINISTRATOR)]


class TestTelling:
    def test_a_test_is_sent_to_an_active_one(self) -> None:
        one = webhook()
        one.test(now=after(hours=1))
        assert (one.tested_at, one.take_events()) == (after(hours=1), [WebhookTested(W)])
        one.disable(DisabledBecause.ADMINISTRATOR, now=NOW)
        with pytest.raises(WebhookIsDisabled):
            one.test(now=NOW)

    def test_a_large_replay_leaves_several_events(self) -> None:
        one = webhook()
        ids = [uid(n) for n in range(MOST_NAMED + 1)]
        one.replayed(ids)
        assert one.take_events() == [
            WebhookDeliveriesReplayed(W, tuple(ids[:MOST_NAMED])),
            WebhookDeliveriesReplayed(W, tuple(ids[MOST_NAMED:])),
        ]

    def test_it_is_deleted(self) -> None:
        one = webhook()
        one.delete()
        assert one.take_events() == [WebhookDeleted(W)]


def event(name: str, *, at: datetime = NOW, subject: UUID = W) -> StoredEvent:
    return StoredEvent(Place(0, 1), uid(9), name, 1, subject, None, {}, at, None, None)


@pytest.mark.parametrize(
    ("told", "types", "wanted"),
    [
        (event("UsersEdited"), (), True),
        (event("UsersEdited"), ("UsersEdited", "ModuleDeleted"), True),
        (event("UsersEdited"), ("ModuleDeleted",), False),
        (event("UsersEdited", at=NOW - timedelta(microseconds=1)), (), False),
        (event("WebhookEdited"), (), False),
        (event("WebhookTested"), (), True),
        (event("WebhookTested"), ("UsersEdited",), True),
        (event("WebhookTested", subject=uid(2)), (), False),
    ],
)
def test_what_a_webhook_wants(told: StoredEvent, types: tuple[str, ...], wanted: bool) -> None:
    public = {"UsersEdited", "ModuleDeleted"}
    assert is_wanted(told, by=W, since=NOW, event_types=types, public=public) is wanted


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (WebhookAnswer(204, None, 1), Delivered()),
        (WebhookAnswer(410, None, 1), Refused("answered", 410)),
        (WebhookAnswer(302, None, 1), Failed("answered", 302)),
        (WebhookAnswer(503, None, 1, timedelta(minutes=2)), Failed("answered", 503, timedelta(minutes=2))),
        (WebhookAnswer(None, SendError.TIMEOUT, 15_000), Failed("timeout")),
    ],
)
def test_what_an_answer_means_for_the_delivery(answer: WebhookAnswer, outcome: object) -> None:
    assert answer.outcome == outcome
