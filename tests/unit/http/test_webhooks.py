"""Webhooks over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from adapters.memory.delivery.event_log import MemoryEventLog
from adapters.webhooks.secrets import SealedSecrets
from application.delivery.webhooks.event_types import public_event_types
from application.delivery.webhooks.sending import WebhookSecrets
from entrypoints.http.routes.webhooks import NEW_WEBHOOK
from kit.delivering import a_dead_delivery
from worlds.http import Api, World

ALL = "/v1/webhooks"


def match(answer: Any) -> dict[str, str]:
    return {"if-match": answer.headers["etag"]}


async def test_a_webhook_from_adding_to_deleting(api: Api) -> None:
    added = await api.post(ALL, json=NEW_WEBHOOK)
    body, path = added.json(), added.headers["location"]
    assert (added.status_code, path) == (201, f"{ALL}/{body['id']}")
    assert body["secret"].startswith("whsec_")
    read = await api.get(path)
    shown = {name: value for name, value in body.items() if name != "secret"}
    assert read.json() == shown
    assert (await api.get(ALL)).json()["items"] == [shown]

    assert (await api.patch(path, json={"description": "HR"})).status_code == 428
    edited = await api.patch(path, json={"event_types": []}, headers=match(read))
    assert (edited.status_code, edited.json()["event_types"], edited.json()["version"]) == (200, [], 2)
    assert (await api.patch(path, json={"description": "HR"}, headers=match(read))).status_code == 412

    rotated = await api.post(f"{path}/rotate-secret", json={"overlap_hours": 48}, headers=match(edited))
    assert (rotated.status_code, len(rotated.json()["secrets"])) == (200, 2)
    assert rotated.json()["secrets"][0]["ends_at"] == "2026-03-04T12:00:00Z"
    assert rotated.json()["secret"] != body["secret"]
    third = await api.post(f"{path}/rotate-secret", json={})
    assert (third.status_code, third.json()["code"]) == (409, "too-many-secrets")
    leaked = await api.post(f"{path}/rotate-secret", json={"overlap_hours": 0})
    assert len(leaked.json()["secrets"]) == 1

    disabled = await api.post(f"{path}/disable")
    assert (disabled.json()["is_active"], disabled.json()["disabled_because"]) == (False, "administrator")
    for refused in (f"{path}/test", f"{path}/replay"):
        answer = await api.post(refused, json={"since": "2026-03-01T00:00:00Z"} if "replay" in refused else None)
        assert (answer.status_code, answer.json()["code"]) == (409, "webhook-disabled")
    enabled = await api.post(f"{path}/enable")
    assert (enabled.json()["is_active"], enabled.json()["disabled_because"]) == (True, None)
    tested = await api.post(f"{path}/test")
    assert (tested.status_code, tested.json()["tested_at"]) == (202, "2026-03-02T12:00:00Z")

    assert (await api.delete(path, headers={"if-match": '"1"'})).status_code == 412
    assert (await api.delete(path, headers=match(tested))).status_code == 204
    assert (await api.get(path)).json()["code"] == "webhook-not-found"
    assert (await api.get(f"{path}/deliveries")).json()["code"] == "webhook-not-found"


@pytest.mark.parametrize(
    ("wrong", "pointer", "said"),
    [
        ({"url": "http://hooks.example.com/"}, "/url", "https://"),
        ({"url": "https://127.0.0.1/"}, "/url", "name its host"),
        ({"url": "https://localhost/"}, "/url", "name its host"),
        ({"url": "https://hooks.example.com:22/"}, "/url", "443 or 8443"),
        ({"url": "https://ana:pw@hooks.example.com/"}, "/url", "password"),
        ({"url": "ftp://hooks.example.com/"}, "/url", "https://"),
        ({"event_types": ["UsersEdited", "TrainingRecored"]}, "/event_types/1", "TrainingRecored is not the name"),
        ({"event_types": ["WebhookEdited"]}, "/event_types/0", "not the name of a public event"),
        ({"event_types": ["UsersEdited", "UsersEdited"]}, "/event_types", "repeat"),
        ({"description": "x" * 501}, "/description", "500"),
    ],
)
async def test_a_mistake_is_named_with_its_field(api: Api, wrong: dict[str, Any], pointer: str, said: str) -> None:
    answer = await api.post(ALL, json={**NEW_WEBHOOK, **wrong})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, pointer)
    assert said in error["message"]
    path = (await api.post(ALL, json=NEW_WEBHOOK)).headers["location"]
    edited = await api.patch(path, json=wrong, headers={"if-match": "*"})
    assert (edited.status_code, edited.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_every_public_event_can_be_asked_for(api: Api) -> None:
    answer = await api.post(ALL, json={**NEW_WEBHOOK, "event_types": sorted(public_event_types())})
    assert answer.status_code == 201
    assert {"TrainingRecorded", "ModuleCompleted", "CertificateIssued"} <= public_event_types()
    assert not [name for name in public_event_types() if name.startswith(("Webhook", "Deliver"))]


async def test_a_url_has_one_webhook(api: Api) -> None:
    await api.post(ALL, json=NEW_WEBHOOK)
    taken = await api.post(ALL, json=NEW_WEBHOOK)
    assert (taken.status_code, taken.json()["code"]) == (409, "webhook-url-taken")


async def test_the_secret_is_shown_once(api: Api) -> None:
    """Neither a repeated request nor any other answer shows it."""
    answers = [await api.post(ALL, json=NEW_WEBHOOK, headers={"idempotency-key": "k-1"}) for _ in range(2)]
    first, again = (answer.json() for answer in answers)
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert again == {**first, "secret": None}
    path = answers[0].headers["location"]
    told = [
        await api.get(ALL),
        await api.get(path),
        await api.patch(path, json={"description": "HR"}, headers={"if-match": "*"}),
        await api.post(f"{path}/test"),
        await api.get(f"{path}/deliveries"),
    ]
    assert not [answer for answer in told if first["secret"] in answer.text or "sealed" in answer.text]


async def test_without_a_key_nobody_adds_a_webhook(world: World) -> None:
    world.objects[WebhookSecrets] = SealedSecrets([])
    answer = await world.client().post(ALL, json=NEW_WEBHOOK)
    assert (answer.status_code, answer.json()["code"]) == (409, "secrets-key-missing")
    assert "SECRETS_KEYS" in answer.json()["detail"]


class TestDeliveries:
    async def test_one_that_was_given_up_is_shown_and_sent_again(self, world: World) -> None:
        api = world.client()
        added = (await api.post(ALL, json=NEW_WEBHOOK)).json()
        path = f"{ALL}/{added['id']}"
        delivery_id = await a_dead_delivery(world.units, MemoryEventLog(world.store), world_id(added))
        (shown,) = (await api.get(f"{path}/deliveries", params={"state": "dead"})).json()["items"]
        assert (shown["id"], shown["state"], shown["last_error"]) == (str(delivery_id), "dead", "answered 500")
        assert (await api.get(f"{path}/deliveries", params={"state": "waiting"})).json()["items"] == []

        again = await api.post(f"{path}/deliveries/{delivery_id}/replay")
        assert (again.status_code, again.json()) == (200, {"count": 1, "continue_at": None})
        twice = await api.post(f"{path}/deliveries/{delivery_id}/replay")
        assert (twice.status_code, twice.json()["code"]) == (409, "delivery-waiting")

    async def test_all_since_a_moment_are_sent_again(self, world: World) -> None:
        api = world.client()
        added = (await api.post(ALL, json=NEW_WEBHOOK)).json()
        await a_dead_delivery(world.units, MemoryEventLog(world.store), world_id(added))
        for since, count in (("2026-03-02T12:00:01Z", 0), ("2026-03-02T12:00:00Z", 1), ("2026-03-02T12:00:00Z", 0)):
            answer = await api.post(f"{ALL}/{added['id']}/replay", json={"since": since})
            assert answer.json() == {"count": count, "continue_at": None}

    async def test_that_of_another_webhook_looks_missing(self, world: World) -> None:
        api = world.client()
        one = (await api.post(ALL, json=NEW_WEBHOOK)).json()
        other = (await api.post(ALL, json={"url": "https://other.example.com/"})).json()
        delivery_id = await a_dead_delivery(world.units, MemoryEventLog(world.store), world_id(one))
        answer = await api.post(f"{ALL}/{other['id']}/deliveries/{delivery_id}/replay")
        assert (answer.status_code, answer.json()["code"]) == (404, "delivery-not-found")
        assert (await api.get(f"{ALL}/{other['id']}/deliveries")).json()["items"] == []


def world_id(webhook: dict[str, Any]) -> UUID:
    return UUID(webhook["id"])
