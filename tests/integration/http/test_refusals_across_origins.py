"""A front end can read why the server refused its request before the application has seen it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.http.test_connections import HALF_A_DRAFT, LIVE, NO_PROXY, Service, serving

ORIGIN = b"Origin: https://training.example.com\r\nAccept: */*\r\n"


@pytest.fixture(scope="module")
def service(sqlite_template: Path) -> Iterator[Service]:
    limits = {"HEAD_TIMEOUT": "1", "BODY_TIMEOUT": "0.5"}
    origins = {"CORS_ORIGINS": "https://training.example.com,https://hr.example.com"}
    with serving(sqlite_template, **limits, **origins) as service:
        yield service


@pytest.mark.parametrize(
    ("said", "status"),
    [
        pytest.param(LIVE[:-2] + ORIGIN, 408, id="head without end"),
        pytest.param(HALF_A_DRAFT.replace(b"\r\n\r\n", b"\r\n" + ORIGIN + b"\r\n") + b"{", 408, id="half a body"),
        pytest.param(LIVE[:-2] + ORIGIN + b"X-Some: y\r\n" * 100 + b"\r\n", 431, id="too many headers"),
        pytest.param(LIVE[:-2] + ORIGIN + b"X-Some: " + b"y" * 70_000 + b"\r\n\r\n", 431, id="large header"),
        pytest.param(LIVE[:-2] + ORIGIN + b"no header\r\n\r\n", 400, id="no HTTP"),
    ],
)
def test_a_refusal_can_be_read(service: Service, said: bytes, status: int) -> None:
    client = service.client()
    client.say(said)
    told, headers, _ = client.answer()
    assert (told, headers.get("access-control-allow-origin")) == (status, "https://training.example.com")
    assert "X-Request-Id" in headers["access-control-expose-headers"]
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [b"", b"Origin: https://evil.example\r\n"])
def test_by_no_other_page(service: Service, origin: bytes) -> None:
    client = service.client()
    client.say(LIVE[:-2] + origin + b"X-Some: y\r\n" * 100 + b"\r\n")
    told, headers, _ = client.answer()
    assert (told, headers.get("access-control-allow-origin"), headers["vary"]) == (
        431,
        None,
        "Origin",
    )


def test_a_connection_refused_at_once_can_be_read_by_the_only_page_that_may(sqlite_template: Path) -> None:
    with serving(
        sqlite_template, MAX_CONNECTIONS="1", CORS_ORIGINS="https://training.example.com", **NO_PROXY
    ) as service:
        service.busy()
        refused = service.client()
        status, headers, _ = refused.answer()
        assert (status, headers["access-control-allow-origin"]) == (503, "https://training.example.com")
        assert headers["retry-after"] == "1"
