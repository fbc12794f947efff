"""Failures: each is a problem document, and none tells what is nobody's business."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.types import Message

from application.catalogue.modules.queries import ModuleReader
from application.kernel.access import Actor
from application.kernel.units import StoreUnavailable
from domain.kernel.roles import Role
from entrypoints.http.kit.actors import Authenticate
from entrypoints.http.kit.requests import HttpRequest
from worlds.http import Api, BrokenUnits, World

SECRET = "SELECT password FROM users"
MEBIBYTE = 2**20


def problem_of(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document, which has all that RFC 9457 and we ask for."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == f"urn:unified-dental:problem:{code}"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    return problem


class BrokenReader:
    """A reader that fails each time."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def page(self, *_: object, **__: object) -> None:
        raise self._error


def signed_in_as(role: Role) -> Authenticate:
    async def authenticate(request: HttpRequest) -> Actor:
        return Actor(None, role)

    return authenticate


async def test_a_bug_is_logged_and_not_shown(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.objects[ModuleReader] = BrokenReader(RuntimeError(SECRET))
    async with world.client() as api:
        response = await api.get("/v1/modules", headers={"x-request-id": "my-request"})
    problem = problem_of(response, 500, "internal-error")
    assert problem["request_id"] == "my-request"
    assert "SELECT" not in response.text
    assert "Traceback" not in response.text
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "my-request" in record.getMessage()
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == SECRET


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_database_one_may_try_again(
    world: World, method: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = StoreUnavailable("the pool is exhausted")
    world.units = BrokenUnits(world.units, error)
    world.objects[ModuleReader] = BrokenReader(error)
    async with world.client() as api:
        response = await api.request(method, "/v1/modules", json={"title": "x"})
    problem_of(response, 503, "store-unavailable")
    assert response.headers["retry-after"] == "1"
    assert "pool" not in response.text
    assert any("the pool is exhausted" in record.getMessage() for record in caplog.records)


async def test_an_expected_failure_is_not_logged_as_ours(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    await api.user("ana@example.com")
    problem_of(await api.post("/v1/users", json={"email": "ana@example.com"}), 409, "email-taken")
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.parametrize("key", [{}, {"idempotency-key": "k"}])
async def test_a_refusal_names_the_roles_that_may(world: World, key: dict[str, str]) -> None:
    async with world.client(authenticate=signed_in_as(Role.AUTHENTICATED)) as api:
        response = await api.post("/v1/modules", json={"title": "x"}, headers=key)
    problem = problem_of(response, 403, "forbidden")
    assert problem["detail"] == "This is for authors and administrators."


async def test_an_actor_who_may_not_see_it_gets_404(world: World) -> None:
    async with world.client() as api:
        user = await api.user()
    async with world.client(authenticate=signed_in_as(Role.AUTHENTICATED)) as api:
        problem_of(await api.get(f"/v1/users/{user['id']}"), 404, "user-not-found")


async def test_authentication_itself_may_fail(world: World) -> None:
    async def authenticate(request: HttpRequest) -> Actor:
        raise RuntimeError(SECRET)

    async with world.client(authenticate=authenticate) as api:
        response = await api.get("/v1/modules")
    problem_of(response, 500, "internal-error")
    assert "SELECT" not in response.text


class TestLargeBodies:
    async def test_a_mebibyte_is_read(self, api: Api) -> None:
        body = b'{"title": "x"' + b" " * (MEBIBYTE - 14) + b"}"
        assert len(body) == MEBIBYTE
        response = await api.post("/v1/modules", content=body, headers={"content-type": "application/json"})
        assert response.status_code == 201

    async def test_more_is_refused_by_its_length(self, api: Api) -> None:
        response = await api.post("/v1/modules", json={"title": "x" * MEBIBYTE})
        problem_of(response, 413, "body-too-large")

    async def test_more_is_refused_though_no_length_is_given(self, api: Api) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(33):
                yield b" " * 32_768

        response = await api.post("/v1/modules", content=chunks(), headers={"content-type": "application/json"})
        problem_of(response, 413, "body-too-large")

    async def test_a_length_that_is_no_number_is_refused(self, api: Api) -> None:
        headers = {"content-type": "application/json", "content-length": "x"}
        problem_of(await api.post("/v1/modules", content=b"{}", headers=headers), 400, "bad-request")


@pytest.mark.parametrize("path", ["/v1/modules", "/v1/users/import"])
async def test_a_client_that_leaves_is_nobodys_fault(world: World, path: str, caplog: pytest.LogCaptureFixture) -> None:
    media_type = b"text/csv" if path == "/v1/users/import" else b"application/json"
    arriving: list[Any] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Any:
        return arriving.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", media_type)],
    }
    await world.app()({**scope, "client": None, "root_path": ""}, receive, send)  # type: ignore[arg-type]  # the least of a scope
    assert sent[0]["status"] == 400  # type: ignore[typeddict-item]  # the first message starts the response
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
