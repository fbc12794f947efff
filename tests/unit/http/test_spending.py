"""Small requests that could cost much: they are refused before they do."""

from __future__ import annotations

import json

import pytest

from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.http.kit.requests import HttpRequest
from kit.surroundings import ADMINISTRATOR_ID
from worlds.http import Api, World

NOTHING = "00000000-0000-7000-9000-000000000000"


async def a_learner(request: HttpRequest) -> Actor:
    return Actor(ADMINISTRATOR_ID, Role.AUTHENTICATED, request_id=request.scope["state"]["request_id"])


@pytest.mark.parametrize(
    ("method", "path", "content_type"),
    [
        ("POST", "/v1/modules", "application/json"),
        ("POST", f"/v1/modules/{NOTHING}/enrollments/bulk", "application/json"),
        ("PATCH", f"/v1/modules/{NOTHING}", "application/json"),
        ("POST", "/v1/users/import", "text/csv"),
        ("GET", "/v1/users?what=x", "application/json"),
    ],
)
async def test_a_forbidden_request_is_refused_before_anything_is_read(
    world: World, method: str, path: str, content_type: str
) -> None:
    async with world.client(authenticate=a_learner) as api:
        answer = await api.request(method, path, content=b"{{{", headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_of_very_many_faults_a_thousand_are_reported(api: Api) -> None:
    body = json.dumps({"user_ids": [1] * 5_000})
    answer = await api.post("/v1/users/deactivate", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 1_000


async def test_very_many_parameters_are_refused(api: Api) -> None:
    answer = await api.get("/v1/users?" + "department=&" * 201)
    assert answer.status_code == 422
    assert [error["message"] for error in answer.json()["errors"]] == ["must not have more than 200 parameters"]
