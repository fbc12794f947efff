"""Bodies: what is read, and how what is wrong is named."""

from __future__ import annotations

from typing import Any

import pytest

from worlds.http import Api

LESSON = {"kind": "lesson", "markdown": "Read."}
CHOICES = [{"id": "a", "text": "A"}, {"id": "b", "text": "B"}]
ID = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"


def errors_of(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == "invalid-value"
    assert {error["in"] for error in problem["errors"]} == {"body"}
    return [(error["pointer"], error["message"]) for error in problem["errors"]]


def section(content: object) -> dict[str, Any]:
    return {"title": "Module", "sections": [{"title": "Section", "content": content}]}


def question(metadata: object) -> dict[str, Any]:
    quiz = {"title": "Quiz", "content": {"kind": "quiz"}, "questions": [{"prompt": "?", "metadata": metadata}]}
    return {"title": "Module", "sections": [quiz]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/title", "is missing")]),
        ([], [("", "must be an object")]),
        ("title", [("", "must be an object")]),
        ({"title": None}, [("/title", "must be text")]),
        ({"title": 1}, [("/title", "must be text")]),
        ({"title": ""}, [("/title", "must have 1 to 255 characters, and has 0")]),
        ({"title": " \t"}, [("/title", "must not be blank")]),
        ({"title": "x" * 256}, [("/title", "must have 1 to 255 characters, and has 256")]),
        ({"title": "x", "a/b": 1}, [("/a~1b", "is not known here")]),
        ({"title": "x", "status": "published"}, [("/status", "is not known here")]),
        ({"title": "x", "expected_versions": [1]}, [("/expected_versions", "is not known here")]),
        ({"title": "x", "tags": "osha"}, [("/tags", "must be a list")]),
        (
            {"title": "x", "tags": ["osha", "OSHA"]},
            [("/tags/1", SLUG := "must be lower-case letters, digits and single hyphens")],
        ),
        ({"title": "x", "tags": ["osha", "osha"]}, [("/tags", "must not repeat an item")]),
        ({"title": "x", "slug": "x y"}, [("/slug", SLUG)]),
        ({"title": "x", "estimated_minutes": "60"}, [("/estimated_minutes", "must be a whole number")]),
        ({"title": "x", "estimated_minutes": True}, [("/estimated_minutes", "must be a whole number")]),
        ({"title": "x", "estimated_minutes": 1.5}, [("/estimated_minutes", "must be a whole number")]),
        ({"title": "x", "estimated_minutes": 0}, [("/estimated_minutes", "must be from 1 to 1440")]),
        ({"title": "看"}, [("/slug", "cannot be made from this title; give one")]),
        (
            {"title": "x", "sections": [{}]},
            [("/sections/0/title", "is missing"), ("/sections/0/content", "is missing")],
        ),
        (section({}), [("/sections/0/content/kind", "is missing")]),
        (section([]), [("/sections/0/content", "must be an object")]),
        (
            section({"kind": "film"}),
            [("/sections/0/content/kind", "must be one of 'lesson', 'video', 'document', 'quiz', 'attestation'")],
        ),
        (
            section({"kind": "video", "url": "ftp://x", "video": 1}),
            [
                ("/sections/0/content/url", "must be an http:// or https:// address"),
                ("/sections/0/content/duration_seconds", "is missing"),
                ("/sections/0/content/video", "is not known here"),
            ],
        ),
        (
            question({"kind": "single_choice", "options": CHOICES, "correct": "c"}),
            [("/sections/0/questions/0/metadata/correct", "names 'c', which is not among the options")],
        ),
        (
            question({"kind": "matching", "left": CHOICES, "right": CHOICES, "correct": {"a": 1, "B": "b"}}),
            [
                ("/sections/0/questions/0/metadata/correct/a", "must be text"),
                (
                    "/sections/0/questions/0/metadata/correct/B",
                    "must be lower-case letters, digits, hyphens or underscores",
                ),
            ],
        ),
        (
            question({"kind": "numeric", "value": "10"}),
            [("/sections/0/questions/0/metadata/value", "must be a number")],
        ),
        (
            question({"kind": "true_false", "correct": 1}),
            [("/sections/0/questions/0/metadata/correct", "must be true or false")],
        ),
    ],
)
async def test_what_is_wrong_in_a_module(empty_api: Api, body: Any, expected: list[tuple[str, str]]) -> None:
    assert errors_of(await empty_api.post("/v1/modules", json=body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"hired_on": "31.03.2026"}, [("/hired_on", DATE := "must be a date such as 2026-03-31")]),
        ({"hired_on": "2026-02-30"}, [("/hired_on", DATE)]),
        ({"hired_on": "2026-03-31T00:00:00"}, [("/hired_on", DATE)]),
        ({"hired_on": "86400"}, [("/hired_on", DATE)]),
        ({"hired_on": 86400}, [("/hired_on", DATE)]),
        ({"role": "owner"}, [("/role", "must be 'authenticated', 'author', 'manager', 'compliance' or 'admin'")]),
        ({"profile_metadata": []}, [("/profile_metadata", "must be an object")]),
        (
            {"profile_metadata": {str(number): 1 for number in range(101)}},
            [("/profile_metadata", "must have 0 to 100 items, and has 101")],
        ),
        ({"email": "ana"}, [("/email", "must be an e-mail address such as ana@example.com")]),
    ],
)
async def test_what_is_wrong_in_a_user(empty_api: Api, body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert errors_of(await empty_api.post("/v1/users", json={"email": "ana@example.com", **body})) == expected


@pytest.mark.parametrize(
    "spelling",
    [
        ID.replace("-", ""),
        "{" + ID + "}",
        f"urn:uuid:{ID}",
        ID + "\n",
        ID[:-1],
        7,
    ],
)
async def test_ids_have_one_spelling(empty_api: Api, spelling: object) -> None:
    response = await empty_api.post("/v1/users/deactivate", json={"user_ids": [ID, spelling]})
    assert errors_of(response) == [("/user_ids/1", f"must be a UUID such as {ID}")]


SESSION = {"module_id": ID, "trainers": [{"name": "Dana"}], "attendees": [{"user_id": ID}]}


@pytest.mark.parametrize(
    "spelling",
    [
        "2026-03-02T09:00:00",
        "2026-03-02 09:00:00Z",
        "2026-03-02",
        "2026-03-02T24:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-03-02T09:00:00.1234567Z",
        "2026-03-02T09:00:00+24:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "\u0662026-03-02T09:00:00Z",
        1_772_442_000,
        None,
    ],
)
async def test_a_time_names_its_zone(empty_api: Api, spelling: object) -> None:
    times = {"starts_at": spelling, "ends_at": "2026-03-02T10:00:00Z"}
    response = await empty_api.post("/v1/sessions", json={**SESSION, **times})
    assert errors_of(response) == [("/starts_at", "must be a time with its zone such as 2026-03-31T14:30:00Z")]


@pytest.mark.parametrize(
    "spelling",
    ["2026-03-02T09:00:00Z", "2026-03-02t09:00:00.000z", "2026-03-02T14:30:00+05:30", "2026-03-02T00:00:00-09:00"],
)
async def test_a_time_is_kept_in_utc(api: Api, spelling: str) -> None:
    module = await api.published()
    session = {**SESSION, "module_id": module["id"], "attendees": [{"user_id": (await api.user())["id"]}]}
    times = {"starts_at": spelling, "ends_at": "2026-03-02T10:00:00Z"}
    response = await api.post("/v1/sessions", json={**session, **times})
    assert (response.status_code, response.json()["starts_at"]) == (201, "2026-03-02T09:00:00Z")


async def test_a_whole_number_may_be_written_with_a_point(api: Api) -> None:
    assert (await api.module(estimated_minutes=60.0))["estimated_minutes"] == 60


async def test_json_of_any_depth_that_is_allowed_comes_back_as_it_was(api: Api) -> None:
    metadata: dict[str, Any] = {"a": {"b": [1, 2.5, None, True, "ü", {"c": []}]}}
    user = await api.user(profile_metadata=metadata)
    assert (await api.get(f"/v1/users/{user['id']}")).json()["profile_metadata"] == metadata


class TestChanges:
    async def test_an_empty_change_is_refused(self, api: Api) -> None:
        module = await api.module()
        response = await api.patch(f"/v1/modules/{module['id']}", json={}, headers={"if-match": "*"})
        assert errors_of(response) == [("", "name at least one field to change")]

    async def test_null_clears_what_may_be_empty(self, api: Api) -> None:
        module = await api.module(estimated_minutes=60, citation="29 CFR 1910.1030")
        path = f"/v1/modules/{module['id']}"
        changed = await api.patch(path, json={"estimated_minutes": None}, headers={"if-match": "*"})
        assert (changed.json()["estimated_minutes"], changed.json()["citation"]) == (None, "29 CFR 1910.1030")

    async def test_null_is_no_title(self, api: Api) -> None:
        module = await api.module()
        response = await api.patch(f"/v1/modules/{module['id']}", json={"title": None}, headers={"if-match": "*"})
        assert errors_of(response) == [("/title", "must be text")]

    async def test_what_is_wrong_is_named_as_in_a_creation(self, api: Api) -> None:
        module = await api.module()
        path = f"/v1/modules/{module['id']}/sections/{module['sections'][0]['id']}"
        video = {"kind": "video", "url": "x", "duration_seconds": 1}
        response = await api.patch(path, json={"content": video}, headers={"if-match": "*"})
        assert errors_of(response) == [("/content/url", "must be an http:// or https:// address")]
        response = await api.patch(f"/v1/modules/{module['id']}", json={"tags": ["a", ""]}, headers={"if-match": "*"})
        assert errors_of(response) == [("/tags/1", "must have 1 to 40 characters, and has 0")]

    async def test_the_domain_may_refuse_too(self, api: Api) -> None:
        module = await api.module()
        path = f"/v1/modules/{module['id']}/sections/{module['sections'][0]['id']}"
        response = await api.patch(path, json={"content": {"kind": "quiz"}}, headers={"if-match": "*"})
        assert [pointer for pointer, _ in errors_of(response)] == ["/content/kind"]


class TestCommandsWithoutBody:
    @pytest.mark.parametrize("body", [b"", b"{}", b" {} "])
    async def test_nothing_and_an_empty_object_will_do(self, api: Api, body: bytes) -> None:
        module = await api.module()
        headers = {"content-type": "application/json"} if body else {}
        response = await api.post(f"/v1/modules/{module['id']}/publish", content=body, headers=headers)
        assert response.status_code == 200

    async def test_fields_are_refused(self, api: Api) -> None:
        module = await api.module()
        response = await api.post(f"/v1/modules/{module['id']}/publish", json={"force": True})
        assert errors_of(response) == [("/force", "is not known here")]


async def test_null_is_no_body(empty_api: Api) -> None:
    response = await empty_api.post("/v1/modules", content=b"null", headers={"content-type": "application/json"})
    assert errors_of(response) == [("", "must be an object")]


async def test_a_missing_body_is_malformed(empty_api: Api) -> None:
    response = await empty_api.post("/v1/modules")
    assert (response.status_code, response.json()["code"]) == (400, "malformed-json")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"']
)
async def test_json_is_known_by_its_content_type(api: Api, content_type: str) -> None:
    response = await api.post("/v1/modules", content=b'{"title": "x"}', headers={"content-type": content_type})
    assert response.status_code == 201


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
async def test_other_content_types_are_unsupported(empty_api: Api, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await empty_api.post("/v1/modules", content=b'{"title": "x"}', headers=headers)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")
    assert "application/json" in response.json()["detail"]


async def test_malformed_json_says_where(empty_api: Api) -> None:
    headers = {"content-type": "application/json"}
    response = await empty_api.post("/v1/modules", content=b'{"title": NaN}', headers=headers)
    assert (response.status_code, response.json()["detail"]) == (400, "NaN is not JSON.")
    assert "errors" not in response.json()


async def test_no_more_than_a_thousand_errors_are_named(empty_api: Api) -> None:
    response = await empty_api.post("/v1/users/deactivate", json={"user_ids": ["x"] * 2_000})
    assert len(errors_of(response)) == 1_000
