"""Addresses: ids in paths, what is not there, and methods that an address does not know."""

from __future__ import annotations

import pytest

from worlds.http import Api

MISSING = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"
NO_IDS = [
    "x",
    MISSING.replace("-", ""),
    MISSING + "0",
    "me",
    "null",
    "-1",
    "x" * 10_000,
]


def without_request_id(response: object) -> object:
    body = response.json()  # type: ignore[attr-defined]  # an httpx response
    body.pop("request_id")
    return body


@pytest.mark.parametrize("id", NO_IDS)
async def test_what_is_no_id_is_answered_like_a_missing_one(empty_api: Api, id: str) -> None:
    missing = await empty_api.get(f"/v1/modules/{MISSING}")
    response = await empty_api.get(f"/v1/modules/{id}")
    assert (missing.status_code, missing.json()["code"]) == (404, "module-not-found")
    assert response.status_code == 404
    assert without_request_id(response) == without_request_id(missing)
    assert set(response.headers) == set(missing.headers)


@pytest.mark.parametrize("id", ["x", MISSING])
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/v1/users/{id}", "user-not-found"),
        ("GET", "/v1/users/{id}/enrollments", "user-not-found"),
        ("GET", "/v1/modules/{id}/enrollments", "module-not-found"),
        ("GET", "/v1/modules/{id}/enrollments/me", "enrollment-not-found"),
        ("DELETE", "/v1/modules/{id}/enrollments/{id}", "enrollment-not-found"),
        ("GET", "/v1/modules/{id}/sections/{id}/questions", "section-not-found"),
        ("DELETE", "/v1/modules/{id}", "module-not-found"),
        ("POST", "/v1/modules/{id}/publish", "module-not-found"),
    ],
)
async def test_each_kind_of_thing_can_be_missing(empty_api: Api, id: str, method: str, path: str, code: str) -> None:
    headers = {"if-match": "*"}
    response = await empty_api.request(method, path.format(id=id), headers=headers)
    assert (response.status_code, response.json()["code"]) == (404, code)


async def test_parts_of_a_module_can_be_missing(api: Api) -> None:
    module = await api.module()
    path = f"/v1/modules/{module['id']}/sections"
    headers = {"if-match": "*"}
    for id in ("x", MISSING):
        assert (await api.delete(f"{path}/{id}", headers=headers)).json()["code"] == "section-not-found"
        quiz = module["sections"][1]["id"]
        response = await api.delete(f"{path}/{quiz}/questions/{id}", headers=headers)
        assert response.json()["code"] == "question-not-found"


async def test_ids_may_be_in_upper_case(api: Api) -> None:
    module = await api.module()
    response = await api.get(f"/v1/modules/{module['id'].upper()}")
    assert response.json() == module


async def test_me_is_the_caller(api: Api) -> None:
    me = (await api.get("/v1/users/me")).json()
    assert me["id"] == "00000000-0000-7000-8000-000000000001"
    assert (await api.get("/v1/users/me/enrollments")).json()["items"] == []
    changed = await api.patch("/v1/users/me", json={"department": "IT"}, headers={"if-match": "*"})
    assert changed.json()["department"] == "IT"


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v2/modules", "/v1/modules/x/y/z", "/docs", "/%00"])
async def test_there_is_nothing_elsewhere(empty_api: Api, path: str) -> None:
    response = await empty_api.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:unified-dental:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this address.",
        "code": "not-found",
        "request_id": response.headers["x-request-id"],
    }


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/v1/modules", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("TRACE", "/v1/users/me", {"GET", "HEAD", "PATCH", "OPTIONS"}),
        ("DELETE", "/v1/users/me", {"GET", "HEAD", "PATCH", "OPTIONS"}),
        ("GET", "/v1/users/deactivate", {"POST", "OPTIONS"}),
        ("DELETE", f"/v1/modules/{MISSING}/enrollments/bulk", {"POST", "OPTIONS"}),
        ("PATCH", f"/v1/modules/{MISSING}/sections/order", {"PUT", "OPTIONS"}),
        ("POST", "/health/live", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/schema", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_answers_to_unknown_methods_name_the_known_ones(
    empty_api: Api, method: str, path: str, allow: set[str]
) -> None:
    response = await empty_api.request(method, path)
    assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
    assert set(response.headers["allow"].split(", ")) == allow


async def test_the_first_page_is_the_documentation(empty_api: Api) -> None:
    response = await empty_api.get("/")
    assert (response.status_code, response.headers["location"]) == (302, "/schema")
    assert (await empty_api.get(response.headers["location"])).headers["content-type"] == "text/html; charset=utf-8"


async def test_options_lists_every_method_of_an_address(empty_api: Api) -> None:
    response = await empty_api.options(f"/v1/modules/{MISSING}")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


async def test_a_strange_host_is_refused(empty_api: Api) -> None:
    response = await empty_api.get("/v1/modules", headers={"host": "a<b"})
    assert (response.status_code, response.json()["code"]) == (400, "bad-request")
