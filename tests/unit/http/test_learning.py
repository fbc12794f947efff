"""Learning over HTTP: blocking rules as problem documents, optional bodies, and entity tags."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from worlds.http import Api, World


async def enrolled(api: Api, world: World, **changes: Any) -> tuple[str, list[str]]:
    """The address of a module that the caller is enrolled in, and the ids of its sections."""
    module = await api.published(**changes)
    one = f"/v1/modules/{module['id']}"
    await world.enrolls(module["id"])
    return one, [section["id"] for section in module["sections"]]


async def attempt_in(api: Api, world: World) -> Any:
    """The answer to trying a quiz."""
    one, (_, quiz) = await enrolled(api, world, rules={"sections_in_order": False})
    started = await api.post(f"{one}/sections/{quiz}/attempts")
    assert started.status_code == 201, started.text
    return started


async def test_each_rule_in_the_way_is_named(api: Api, world: World) -> None:
    one, (read, check) = await enrolled(api, world)
    refused = await api.post(f"{one}/sections/{check}/attempts")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json() == {
        "type": "urn:unified-dental:problem:blocked",
        "title": refused.json()["title"],
        "status": 409,
        "detail": refused.json()["detail"],
        "code": "blocked",
        "request_id": refused.headers["x-request-id"],
        "blocked_by": [
            {"rule": "order", "message": "Complete the earlier sections first.", "missing": [read], "opens_at": None}
        ],
    }


async def test_a_rule_that_opens_later_says_when(api: Api, world: World) -> None:
    one, (_, check) = await enrolled(api, world, rules={"sections_in_order": False, "wait_minutes": 5})
    attempt = await api.post(f"{one}/sections/{check}/attempts")
    await api.post(f"{attempt.headers['location']}/submit")
    (block,) = (await api.post(f"{one}/sections/{check}/attempts")).json()["blocked_by"]
    assert (block["rule"], block["missing"], block["opens_at"]) == ("wait", [check], "2026-03-02T12:05:00Z")


@pytest.mark.parametrize("content", [b"", b"{}"])
async def test_bodies_may_be_missing_where_nothing_must_be_said(api: Api, world: World, content: bytes) -> None:
    headers = {"content-type": "application/json"} if content else {}

    async def post(path: str) -> Any:
        return await api.post(path, content=content, headers=headers)

    module = await api.module(rules={"sections_in_order": False})
    one, (read, check) = f"/v1/modules/{module['id']}", [each["id"] for each in module["sections"]]
    published = await post(f"{one}/publish")
    await world.enrolls(module["id"])
    mine = f"{one}/enrollments/me"
    started, completed = await post(f"{mine}/start"), await post(f"{mine}/sections/{read}/complete")
    attempt = await post(f"{one}/sections/{check}/attempts")
    submitted = await post(f"{attempt.headers['location']}/submit")
    answers = [published, started, completed, attempt, submitted]
    assert [each.status_code for each in answers] == [200, 200, 200, 201, 200]


async def test_attempts_are_saved_under_their_version(api: Api, world: World) -> None:
    started = await attempt_in(api, world)
    path, tag = started.headers["location"], started.headers["etag"]
    question = started.json()["items"][0]["question_id"]
    body = {"answers": {question: True}}
    assert (await api.get(path, headers={"if-none-match": tag})).status_code == 304
    assert (await api.patch(path, json=body)).status_code == 428
    saved = await api.patch(path, json=body, headers={"if-match": tag})
    assert (saved.status_code, saved.json()["items"][0]["answer"]) == (200, True)
    assert (await api.patch(path, json=body, headers={"if-match": tag})).status_code == 412
    read = await api.get(path, headers={"if-none-match": tag})
    assert (read.status_code, read.headers["etag"]) == (200, saved.headers["etag"])


@pytest.mark.parametrize("answers", [{"x": True}, {"0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f": True}])
async def test_answers_to_nothing_are_refused_by_name(api: Api, world: World, answers: dict[str, Any]) -> None:
    path = (await attempt_in(api, world)).headers["location"]
    refused = await api.post(f"{path}/submit", json={"answers": answers})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/answers/{key}" for key in answers]


async def test_progress_has_no_entity_tag_since_more_than_the_enrollment_changes_it(api: Api, world: World) -> None:
    one, _ = await enrolled(api, world)
    progress = await api.get(f"{one}/enrollments/me/progress", headers={"if-none-match": "*"})
    assert (progress.status_code, "etag" in progress.headers) == (200, False)


async def test_records_and_sessions_have_no_version(api: Api) -> None:
    ana = await api.user()
    body = {"title": "Basic life support", "issuer": "Red Cross", "completed_on": "2026-02-14"}
    recorded = await api.post(f"/v1/users/{ana['id']}/records", json=body)
    read = await api.get(recorded.headers["location"])
    assert (recorded.status_code, read.json()) == (201, recorded.json())
    assert "etag" not in recorded.headers


async def test_lists_of_what_is_not_there_have_no_later_page(api: Api) -> None:
    module = await api.published()
    path, cursor = f"/v1/modules/{module['id']}/versions", "A" * 32
    assert (await api.get(path, params={"cursor": cursor})).json() == {"items": [], "next_cursor": None}
    missing = await api.get("/v1/modules/x/versions", params={"cursor": cursor})
    assert (missing.status_code, missing.json()["code"]) == (404, "module-not-found")


NO_IDS = ["x", "-", "a" * 10_000, "0" * 32]


@pytest.mark.parametrize("text", NO_IDS)
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/attempts/{}", "attempt-not-found"),
        ("POST", "/v1/attempts/{}/submit", "attempt-not-found"),
        ("GET", "/v1/records/{}", "record-not-found"),
        ("GET", "/v1/sessions/{}", "session-not-found"),
        ("GET", "/v1/users/{}/records", "user-not-found"),
        ("GET", "/v1/users/{}/certificates", "user-not-found"),
        ("GET", "/v1/modules/{}/versions", "module-not-found"),
        ("GET", "/v1/modules/{}/enrollments/me/progress", "enrollment-not-found"),
        ("POST", "/v1/modules/{}/enrollments/me/start", "enrollment-not-found"),
        ("POST", "/v1/modules/{0}/sections/{0}/attempts", "enrollment-not-found"),
    ],
)
async def test_what_is_no_id_is_missing(empty_api: Api, method: str, path: str, code: str, text: str) -> None:
    response = await empty_api.request(method, path.format(text))
    assert (response.status_code, response.json()["code"]) == (404, code)


async def test_a_new_cycle_asks_for_a_reason(api: Api, world: World) -> None:
    module, ana = await api.published(), await api.user()
    renew = f"/v1/modules/{module['id']}/enrollments/{{}}/renew"
    missing = await api.post(renew.format("x"), json={"reason": "Annual refresher."})
    assert (missing.status_code, missing.json()["code"]) == (404, "enrollment-not-found")
    await world.enrolls(module["id"], UUID(ana["id"]))
    for body in ({}, {"reason": " "}):
        refused = await api.post(renew.format(ana["id"]), json=body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")


@pytest.mark.parametrize("text", ["%2F", "..%2f", "x%2Fy"])
@pytest.mark.parametrize("path", ["/v1/attempts/{}", "/v1/records/{}", "/v1/certificates/{}.pdf", "/v1/verify/{}"])
async def test_a_slash_makes_another_address(empty_api: Api, path: str, text: str) -> None:
    assert (await empty_api.get(path.format(text))).status_code == 404
