"""Pages of other origins, as a browser decides what they may do (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from application.kernel.access import Actor
from domain.kernel.roles import Role
from entrypoints.http.kit.cors import CrossOrigin
from entrypoints.settings import Settings
from kit.about import for_each
from kit.examples import uid
from worlds.http import Api, World
from worlds.http_stage import Stage, staged

FRONT_END = "https://training.example.com"
TWO_ORIGINS = CrossOrigin([FRONT_END, "http://localhost:5173"])
SAFE_METHODS = {"GET", "HEAD", "POST"}
SAFE_HEADERS = {"accept", "accept-language", "content-language", "range"}
READABLE = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}


def items(value: str | None) -> set[str]:
    return {each.strip().lower() for each in (value or "").split(",") if each.strip()}


def shared_with(origin: str, answer: httpx.Response) -> bool:
    """The CORS check for a request without credentials. Two such headers are none."""
    return answer.headers.get_list("access-control-allow-origin") in ([origin], ["*"])


class Page:
    """A page of an origin: what its scripts may send, and see of the answers."""

    def __init__(self, api: Api, origin: str) -> None:
        self._api = api
        self._origin = origin
        self.preflights = 0

    async def fetch(self, method: str, path: str, headers: Mapping[str, str], **content: Any) -> dict[str, Any] | None:
        """The status and the headers that the page can see; None for a network error."""
        unsafe = sorted(name.lower() for name in headers if name.lower() not in SAFE_HEADERS)
        if unsafe or method not in SAFE_METHODS:
            self.preflights += 1
            asking = {"origin": self._origin, "access-control-request-method": method}
            if unsafe:
                asking["access-control-request-headers"] = ",".join(unsafe)
            told = await self._api.options(path, headers=asking)
            allowed = items(told.headers.get("access-control-allow-headers"))
            if not (shared_with(self._origin, told) and told.is_success):
                return None
            if method not in SAFE_METHODS | {
                each.upper() for each in items(told.headers["access-control-allow-methods"])
            }:
                return None
            # A wildcard would not stand for Authorization.
            if not allowed.issuperset(unsafe):
                return None
        answer = await self._api.request(method, path, headers={**headers, "origin": self._origin}, **content)
        if not shared_with(self._origin, answer):
            return None
        seen = READABLE | items(answer.headers.get("access-control-expose-headers"))
        return {"status": answer.status_code, **{name: v for name, v in answer.headers.items() if name in seen}}


@pytest.fixture
async def stage() -> Stage:
    stage = await staged(cross_origin=TWO_ORIGINS)
    stage.actors["admin"] = Actor(uid(1), Role.ADMIN)
    return stage


TOKEN = {"authorization": "Bearer admin"}


async def test_a_page_of_a_known_origin_can_do_all_that_the_api_does(stage: Stage) -> None:
    page = Page(stage.api, FRONT_END)
    made = await page.fetch(
        "POST",
        "/v1/modules",
        {**TOKEN, "content-type": "application/json", "idempotency-key": "k"},
        json={"title": "X"},
    )
    assert made is not None
    assert (made["status"], made["etag"]) == (201, '"1"')
    path = made["location"]
    changed = await page.fetch(
        "PATCH", path, {**TOKEN, "content-type": "application/json", "if-match": made["etag"]}, json={"title": "Y"}
    )
    assert changed is not None
    assert (changed["status"], changed["etag"]) == (200, '"2"')
    read = await page.fetch("GET", path, {**TOKEN, "if-none-match": '"2"', "x-request-id": "r-1"})
    assert read is not None
    assert (read["status"], read["x-request-id"]) == (304, "r-1")
    listed = await page.fetch("GET", "/v1/modules?limit=1", TOKEN)
    assert listed is not None
    assert "link" in listed
    removed = await page.fetch("DELETE", path, {**TOKEN, "if-match": '"2"'})
    assert removed is not None
    assert removed["status"] == 204


@pytest.mark.parametrize("path", ["/v1/users/me", "/v1/nothing", "/v1/modules/x", "//v1/modules"])
async def test_it_can_read_why_something_failed(stage: Stage, path: str) -> None:
    answer = await stage.api.get(path, headers={"origin": FRONT_END, "authorization": "Bearer stranger"})
    assert answer.status_code in (401, 404)
    assert shared_with(FRONT_END, answer)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://training.example.com",
        "https://training.example.com:8443",
        "https://training.example.com.evil.example",
        "https://evil.training.example.com",
        "https://TRAINING.example.com",
        "https://training.example.com/",
        "https://trainingXexample.com",
        f"{FRONT_END}, https://evil.example",
        "",
    ],
)
async def test_no_other_page_sees_anything(stage: Stage, origin: str) -> None:
    page = Page(stage.api, origin)
    assert await page.fetch("GET", "/v1/modules", TOKEN) is None
    assert await page.fetch("GET", "/health/live", {}) is None


async def test_what_is_kept_of_an_answer_is_kept_for_its_origin(stage: Stage) -> None:
    for origin in ({}, {"origin": FRONT_END}, {"origin": "https://evil.example"}):
        for path in ("/v1/modules", "/v1/nothing", "/schema/openapi.json"):
            answer = await stage.api.get(path, headers={**TOKEN, **origin})
            assert "origin" in items(answer.headers["vary"])
        told = await stage.api.options("/v1/modules", headers={**origin, "access-control-request-method": "GET"})
        assert "origin" in items(told.headers["vary"])


async def test_nobody_is_asked_who_they_are_before_a_page_may_ask(world: World) -> None:
    async def authenticate(request: Any) -> Actor:
        raise AssertionError("a preflight has no token")

    async with world.client(authenticate=authenticate, cross_origin=CrossOrigin([FRONT_END])) as api:
        told = await api.options("/v1/users", headers={"origin": FRONT_END, "access-control-request-method": "GET"})
    assert (told.status_code, told.content, told.headers["access-control-max-age"]) == (204, b"", "7200")


async def test_an_options_that_is_no_preflight_is_answered_as_ever(stage: Stage) -> None:
    told = await stage.api.options("/v1/modules", headers={"origin": FRONT_END})
    assert (told.status_code, told.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert shared_with(FRONT_END, told)


async def test_a_page_can_send_and_read_every_header_of_the_documentation(stage: Stage) -> None:
    asking = {"origin": FRONT_END, "access-control-request-method": "GET"}
    sent = items((await stage.api.options("/v1/modules", headers=asking)).headers["access-control-allow-headers"])
    read = items((await stage.api.get("/v1/modules", headers=asking)).headers["access-control-expose-headers"])
    document = (await stage.api.get("/schema/openapi.json")).json()
    operations = [each for path in document["paths"].values() for each in path.values()]
    parameters = [each for operation in operations for each in operation.get("parameters", [])]
    assert {each["name"].lower() for each in parameters if each["in"] == "header"} <= sent
    # `Vary` is for caches.
    assert {name.lower() for name in document["components"]["headers"]} - {"vary"} <= READABLE | read


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/users/me", 401),
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/modules", 405),
        ("POST", "/v1/modules", 413),
    ],
)
async def test_a_page_can_read_every_problem(stage: Stage, method: str, path: str, status: int) -> None:
    token = {} if status == 401 else TOKEN
    page = Page(stage.api, FRONT_END)
    content = b" " * (2**20 + 1) if status == 413 else b""
    told = await page.fetch(method, path, {**token, "content-type": "application/json"}, content=content)
    assert told is not None
    assert (told["status"], "x-request-id" in told) == (status, True)
    assert {401: "www-authenticate", 405: "allow"}.get(status, "x-request-id") in told


async def test_credentials_are_never_allowed(stage: Stage, world: World) -> None:
    async with world.client(cross_origin=CrossOrigin(["*"])) as open_api:
        for api in (stage.api, open_api):
            for request in ("GET", "OPTIONS"):
                asking = {**TOKEN, "origin": FRONT_END, "access-control-request-method": "GET"}
                answer = await api.request(request, "/v1/modules", headers=asking)
                assert "access-control-allow-credentials" not in answer.headers


async def test_every_origin_can_be_allowed(world: World) -> None:
    async with world.client(cross_origin=CrossOrigin(["*"])) as api:
        page = Page(api, "https://anything.example")
        listed = await page.fetch("GET", "/v1/modules", TOKEN)
        assert listed is not None
        assert (listed["status"], page.preflights) == (200, 1)


async def test_without_the_setting_no_page_sees_anything(api: Api) -> None:
    for path in ("/v1/modules", "/health/live"):
        answer = await api.get(path, headers={"origin": FRONT_END})
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "origin" not in items(answer.headers["vary"])


class TestTheSetting:
    def test_origins_are_joined_by_commas(self) -> None:
        found = Settings(cors_origins="https://A.example.com, http://localhost:5173,http://[::1]:80800").cors_origins  # type: ignore[arg-type]  # as the environment gives it
        assert found == ("https://a.example.com", "http://localhost:5173", "http://[::1]:80800")
        assert Settings(cors_origins="*").cors_origins == ("*",)  # type: ignore[arg-type]  # as the environment gives it
        assert Settings().cors_origins == ()

    @for_each(
        "value",
        [
            "https://a.example/",
            "https://a.example/x",
            "a.example",
            "https://*.example",
            "https://a.example:443",
            "http://a.example:80",
            "https://a@b.example",
            "null",
            "*, https://a.example",
            "file:///x",
            "https://a.example https://b.example",
            "https://a.example\nX: y",
        ],
    )
    def test_what_no_browser_sends_is_refused(self, value: str) -> None:
        with pytest.raises(ValidationError, match="cors_origins"):
            Settings(cors_origins=value)  # type: ignore[arg-type]  # as the environment gives it
