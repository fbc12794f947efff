"""An address has one spelling: every other one leads nowhere, so that no rule of a proxy can be walked around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest

from application.kernel.handlers import discover
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.supabase_hooks import HOOKS
from worlds.http import World

ID = "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"
PATHS = sorted(
    {
        *document(discover())["paths"],
        *(f"{HOOKS}/{name}" for name in ("account-changed", "before-user-created", "custom-access-token")),
        "/schema",
        "/schema/openapi.json",
        "/schema/problems",
        "/schema/assets/start.js",
    }
)


SIBLINGS = {
    path.rpartition("/")[0]: [each for each in PATHS if each.rpartition("/")[0] == path.rpartition("/")[0]]
    for path in PATHS
}


def filled(path: str) -> str:
    steps = ("me" if step == "{user_id}" else ID if step.startswith("{") else step for step in path.split("/"))
    return "/".join(steps)


def spellings(path: str) -> Iterator[str]:
    """Ways in which something in front of the service may not know the path again."""
    yield from (
        path + "/",
        path + "//",
        "/" + path,
        path + "/.",
        path + "/..",
        path + "/./",
        "/." + path,
        "/x/.." + path,
    )
    yield from (
        path.replace("/", "//"),
        path.replace("/", "/./"),
        path.replace("/", "%2F"),
        path.replace("/", "%2f", 1),
    )
    yield from (
        path.replace("/", "\\"),
        path.replace("/", "%5C"),
        path + "%2F",
        path + "%20",
        path + "%00",
        path + "%0A",
    )
    yield from (path + "%3F", path + "%23", path + "#", path + ";", path + ";x=y", path + ".", path + "%2e", path + "*")
    yield path.upper()
    yield path.title()
    # The first letter of the last step, escaped: for the server's own decoding it is the same path.
    head, _, last = path.rpartition("/")
    yield f"{head}/%{ord(last[0]):02x}{last[1:]}"
    yield f"{head}/%{ord(last[0]):02X}{last[1:]}"
    yield f"/%{ord(path[1]):02x}{path[2:]}"
    yield f"{head}/%25{ord(last[0]):02x}{last[1:]}"
    yield f"{head}/\N{FULLWIDTH SOLIDUS}{last}"


@dataclass
class Answered:
    status: int
    headers: dict[str, str]


async def ask(app: Any, method: str, raw: str) -> Answered:
    """What is answered to the path as a server hands it on: as it came, and decoded."""
    sent = Answered(0, {})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(event: dict[str, Any]) -> None:
        if event["type"] == "http.response.start":
            sent.status = event["status"]
            sent.headers = {name.decode(): value.decode() for name, value in event["headers"]}

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test"), (b"content-type", b"application/json"), (b"if-match", b"*")],
        "client": ("203.0.113.7", 1),
        "server": ("test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return sent


def names_something_else(path: str, spelled: str) -> bool:
    """Whether the spelling is an address of its own: the last step is a value of a parameter, and this another one."""
    parent = path.rpartition("/")[0]
    takes_values = parent == "/schema/assets" or any(
        "{" in each.removeprefix(parent + "/") for each in SIBLINGS[parent]
    )
    return takes_values and spelled.rpartition("/")[0] == filled(parent) and "%" not in spelled


@pytest.mark.parametrize("path", PATHS)
async def test_any_other_spelling_leads_nowhere(empty_app: Any, path: str) -> None:
    there = filled(path)
    for method in ("GET", "POST", "OPTIONS"):
        assert (await ask(empty_app, method, there)).status not in (0, 500)
        for spelled in set(spellings(there)) - {there}:
            answer = await ask(empty_app, method, spelled)
            if not names_something_else(path, spelled):
                assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json"), spelled


async def test_no_spelling_reaches_the_figures() -> None:
    app = World().app()
    assert (await ask(app, "GET", "/metrics")).headers["content-type"].startswith("text/plain")
    for spelled in (*spellings("/metrics"), "/v1/../metrics", "/health/../metrics", "/metrics/x/..", "/%6d%65trics"):
        assert (await ask(app, "GET", spelled)).status == 404, spelled


async def test_a_path_without_its_raw_form_is_taken_as_it_is(empty_app: Any) -> None:
    async def without(scope: Any, receive: Any, send: Any) -> None:
        await empty_app({name: value for name, value in scope.items() if name != "raw_path"}, receive, send)

    assert (await ask(without, "GET", "/health/live")).status == 200
    assert (await ask(without, "GET", "/health/live/")).status == 404
