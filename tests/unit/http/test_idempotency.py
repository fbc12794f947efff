"""The Idempotency-Key header: repeating a request without doing it twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from application.kernel.access import Actor
from application.kernel.answers import ForgetAnswers
from worlds.http import Api, SlowUnits, World

KEY = {"idempotency-key": "enroll-ana-1"}
ANA = {"email": "ana@example.com"}


async def test_a_repeated_request_gets_the_first_answer(api: Api) -> None:
    first = await api.post("/v1/users", json=ANA, headers=KEY)
    again = await api.post("/v1/users", json=ANA, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("content-type", "location", "etag", "content-length"):
        assert again.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert len((await api.get("/v1/users")).json()["items"]) == 2


async def test_another_body_with_the_same_key_is_refused(api: Api) -> None:
    await api.post("/v1/users", json=ANA, headers=KEY)
    response = await api.post("/v1/users", json={**ANA, "full_name": "Ana"}, headers=KEY)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")
    assert "errors" not in response.json()


async def test_another_address_with_the_same_key_is_refused(api: Api) -> None:
    one, other = await api.module(title="One"), await api.module(title="Other")
    assert (await api.post(f"/v1/modules/{one['id']}/publish", headers=KEY)).status_code == 200
    response = await api.post(f"/v1/modules/{other['id']}/publish", headers=KEY)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")


async def test_an_expected_failure_is_repeated_too(api: Api) -> None:
    user = await api.user("ana@example.com")
    refused = await api.post("/v1/users", json=ANA, headers=KEY)
    await api.patch(f"/v1/users/{user['id']}", json={"email": "other@example.com"}, headers={"if-match": "*"})
    again = await api.post("/v1/users", json=ANA, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "email-taken")
    assert (again.status_code, again.content) == (409, refused.content)
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotency-replayed"] == "true"


async def test_input_that_was_never_carried_out_does_not_use_up_the_key(api: Api) -> None:
    assert (await api.post("/v1/users", json={"email": "x"}, headers=KEY)).status_code == 422
    assert (await api.post("/v1/users", json=ANA, headers=KEY)).status_code == 201


async def test_a_request_still_running_is_not_begun_again(world: World) -> None:
    async with world.client() as api:
        module = await api.module()
    world.units = slow = SlowUnits(world.units)
    slow.released.set()
    async with world.client() as api:
        slow.released.clear()
        slow.started.clear()
        path = f"/v1/modules/{module['id']}/publish"
        first = asyncio.create_task(api.post(path, headers=KEY))
        await slow.started.wait()
        second = await api.post(path, headers=KEY)
        assert (second.status_code, second.json()["code"]) == (409, "idempotency-key-in-flight")
        slow.released.set()
        assert (await first).status_code == 200
        assert (await api.post(path, headers=KEY)).headers["idempotency-replayed"] == "true"


async def test_many_at_once_do_it_once(api: Api) -> None:
    responses = await asyncio.gather(*(api.post("/v1/users", json=ANA, headers=KEY) for _ in range(10)))
    assert {response.status_code for response in responses} <= {201, 409}
    assert len({response.content for response in responses if response.status_code == 201}) == 1
    assert len((await api.get("/v1/users?q=ana")).json()["items"]) == 1


async def test_after_a_day_the_key_is_new(world: World, api: Api) -> None:
    await api.post("/v1/users", json=ANA, headers=KEY)
    world.clock.advance(timedelta(hours=25))
    await world.bus().execute(ForgetAnswers(), Actor.system())
    assert (await api.post("/v1/users", json=ANA, headers=KEY)).json()["code"] == "email-taken"


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 256, "a\tb"])
async def test_a_key_is_visible_ascii(empty_api: Api, key: str) -> None:
    response = await empty_api.post("/v1/users", json=ANA, headers=[(b"idempotency-key", key.encode())])
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"in": "header", "pointer": "/idempotency-key", "message": "must be 1 to 255 visible ASCII characters"}
    ]


@pytest.mark.parametrize("key", ["x", "!" * 255, "~"])
async def test_any_visible_ascii_will_do(api: Api, key: str) -> None:
    assert (await api.post("/v1/users", json=ANA, headers={"idempotency-key": key})).status_code == 201


async def test_two_keys_are_none(api: Api) -> None:
    headers = [("idempotency-key", "a"), ("idempotency-key", "b")]
    assert (await api.post("/v1/users", json=ANA, headers=headers)).status_code == 422


async def test_other_methods_do_not_know_it(api: Api) -> None:
    user = await api.user()
    for department in ("Hygiene", "Claims"):
        headers = {**KEY, "if-match": "*"}
        changed = await api.patch(f"/v1/users/{user['id']}", json={"department": department}, headers=headers)
        assert changed.json()["department"] == department


LONG = "Wash your hands. " * 5_000
KEYED = {"idempotency-key": "once"}


class TestAnswersThatAreTooLong:
    async def test_what_was_made_is_read_where_it_is(self, api: Api) -> None:
        sections = [{"title": "Read", "content": {"kind": "lesson", "markdown": LONG}}]
        body = {"title": "Hands", "sections": sections}
        first = await api.post("/v1/modules", json=body, headers=KEYED)
        again = await api.post("/v1/modules", json=body, headers=KEYED)
        assert (first.status_code, again.status_code, again.content) == (201, 303, b"")
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]
        assert (await api.get(again.headers["location"])).json() == first.json()
        assert len((await api.get("/v1/modules")).json()["items"]) == 1

    async def test_what_was_changed_is_read_where_it_is(self, api: Api) -> None:
        module = await api.module(
            summary="", sections=[{"title": "Read", "content": {"kind": "lesson", "markdown": LONG}}]
        )
        path = f"/v1/modules/{module['id']}"
        first = await api.post(f"{path}/publish", headers=KEYED)
        again = await api.post(f"{path}/publish", headers=KEYED)
        assert (first.status_code, again.status_code, again.headers["location"]) == (200, 303, path)
        assert (await api.get(path)).json()["status"] == "published"

    async def test_what_is_shown_nowhere_was_done_all_the_same(self, api: Api) -> None:
        roster = "email\nana@example.com\n" + "x\n" * 2_000
        path, headers = "/v1/users/import?partial=true", {**KEYED, "content-type": "text/csv"}
        first = await api.post(path, content=roster, headers=headers)
        again = await api.post(path, content=roster, headers=headers)
        assert (first.status_code, first.json()["created"], again.status_code) == (200, 1, 409)
        assert again.json()["code"] == "answer-not-kept"
        assert "answered with 200" in again.json()["detail"]

    async def test_a_long_refusal_is_computed_again(self, empty_api: Api) -> None:
        roster = "email\n" + "x\n" * 2_000
        headers = {**KEYED, "content-type": "text/csv"}
        answers = [await empty_api.post("/v1/users/import", content=roster, headers=headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [422, 422]
        assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, None]
