"""Hostile bodies over real HTTP: refused with a reason, never a failure of ours, and alike on every backend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from integration.same_answers import ANY, AUTHORIZATION, CSV, JSON, ask, three_servers, told

MODULE = b"00000000-0000-7000-9000-000000000001"
DEEP = 100_000
MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    with three_servers(request) as addresses:
        yield addresses


ROUTES = {
    "draft": (b"POST", b"/v1/modules", b'{"title": %b}'),
    "edit me": (b"PATCH", b"/v1/users/me", b'{"full_name": %b}'),
    "my metadata": (b"PATCH", b"/v1/users/me", b'{"profile_metadata": {"any": [%b]}}'),
    "register": (b"POST", b"/v1/users", b'{"email": %b}'),
    "deactivate": (b"POST", b"/v1/users/deactivate", b'{"user_ids": [%b]}'),
    "section": (b"POST", b"/v1/modules/%b/sections" % MODULE, b'{"content": {"kind": "lesson", "markdown": %b}}'),
    "order": (b"PUT", b"/v1/modules/%b/sections/order" % MODULE, b'{"section_ids": %b}'),
    "bulk": (b"POST", b"/v1/modules/%b/enrollments/bulk" % MODULE, b'{"departments": [%b]}'),
}
BUDGETS = {"order": 16 * 1024, "deactivate": 360_114, "bulk": 433_864}
"""Bytes that an operation takes, where that is less than a mebibyte."""
VALUES = {
    "a NUL, escaped": (b'"\\u0000"', 422),
    "a NUL as it is": (b'"\0"', 400),
    "half a character": (b'"\\ud800"', 422),
    "the other half": (b'"x\\udfff"', 422),
    "halves the wrong way round": (b'"\\udc00\\ud800"', 422),
    "half a character as bytes": (b'"\xed\xa0\x80"', 400),
    "overlong UTF-8": (b'"\xc0\x80"', 400),
    "UTF-8 cut short": (b'"\xe2\x82"', 400),
    "2^63": (b"9223372036854775808", 422),
    "-2^63 - 1": (b"-9223372036854775809", 422),
    "five thousand digits": (b"9" * 5_000, 422),
    "beyond a float": (b"1e400", 400),
    "not a number": (b"NaN", 400),
    "infinity": (b"-Infinity", 400),
    "nothing": (b",", 400),
    "deep": (b"[" * 32 + b"]" * 32, 400),
    "very deep": (b"[" * DEEP + b"]" * DEEP, 400),
    "very deep objects": (b'{"":' * DEEP + b"1" + b"}" * DEEP, 400),
    "a name twice": (b'{"a": 1, "a": 2}', 400),
    "a name with a NUL": (b'{"\\u0000": 1}', 422),
    "a name with half a character": (b'{"\\ud800": 1}', 422),
    "a comment": (b"1 /* one */", 400),
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("route", ROUTES)
def test_a_hostile_value_in_a_body_is_refused(servers: list[str], route: str, value: str) -> None:
    method, target, body = ROUTES[route]
    hostile, status = VALUES[value]

    answer = ask(servers, method, target, headers=JSON + ANY, body=body % hostile)

    if len(body % hostile) > BUDGETS.get(route, MEBIBYTE):
        status = 413
    assert answer.status == status
    assert answer.problem["code"] == {400: "malformed-json", 413: "body-too-large", 422: "invalid-value"}[status]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"\0", 400, id="NUL"),
        pytest.param(b"\xef\xbb\xbf{}", 400, id="byte order mark"),
        pytest.param('{"title": "x"}'.encode("utf-16"), 400, id="UTF-16"),
        pytest.param(b"\x1f\x8b\x08\x00", 400, id="gzip"),
        pytest.param(b"null", 422, id="null"),
        pytest.param(b"9" * 5_000, 422, id="a number alone"),
        pytest.param(b"[" * DEEP, 400, id="never closed"),
        pytest.param(b" " * (MEBIBYTE + 1), 413, id="too large"),
        pytest.param(b'{"title": "' + b"x" * (MEBIBYTE - 20) + b'"}', 422, id="as large as may be"),
    ],
)
def test_a_hostile_body_is_refused(servers: list[str], body: bytes, status: int) -> None:
    assert ask(servers, b"POST", b"/v1/modules", headers=JSON, body=body).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(JSON + b"Content-Length: 99999999999\r\n", 413, id="announced"),
        pytest.param(CSV + b"Content-Length: 67108865\r\n", 413, id="announced upload"),
        pytest.param(JSON + b"Content-Length: -1\r\n", 400, id="negative"),
        pytest.param(JSON + b"Content-Length: " + b"9" * 30 + b"\r\n", 400, id="beyond 64 bits"),
        pytest.param(JSON + b"Content-Length: 1\r\nContent-Length: 2\r\n", 400, id="two lengths"),
    ],
)
def test_a_body_that_will_be_too_large_is_refused_before_it_comes(
    servers: list[str], headers: bytes, status: int
) -> None:
    target = b"/v1/users/import" if headers.startswith(CSV) else b"/v1/users"
    assert ask(servers, b"POST", target, headers=headers).status == status


def test_a_body_in_chunks_is_counted_too(servers: list[str]) -> None:
    chunk = b"%x\r\n%b\r\n" % (MEBIBYTE // 2, b" " * (MEBIBYTE // 2))
    headers = JSON + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"1\r\n \r\n0\r\n"
    assert ask(servers, b"POST", b"/v1/users", headers=headers).status == 413


@pytest.mark.parametrize(
    "roster",
    [
        pytest.param(b"email\nana@example.com\0\n", id="NUL"),
        pytest.param(b"email,x\nana@example.com,\xff\n", id="not UTF-8"),
        pytest.param(b"email,x\nana@example.com,\xed\xa0\x80\n", id="half a character"),
        pytest.param(b'email,x\nana@example.com,"\n' * 100, id="quotes left open"),
        pytest.param(b"email,x\nana@example.com," + b"y" * 70_000, id="a long row"),
        pytest.param(b"email" + b"," * 100_000, id="many columns"),
        pytest.param(b"email\0\nana@example.com\n", id="NUL in a name"),
        pytest.param("email\nana\n".encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbfemail\nana\n", id="byte order mark"),
        pytest.param(b"email\n" + b"ana\n" * 3_000, id="thousands of bad lines"),
    ],
)
def test_a_hostile_roster_is_refused(servers: list[str], roster: bytes) -> None:
    answer = ask(servers, b"POST", b"/v1/users/import", headers=CSV, body=roster)
    assert answer.status == 422
    assert answer.problem["code"] in ("roster-rejected", "roster-unreadable")


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 1e-320, 1.5e18, 0.1, "\U0001f9b7", {"": {"": [None]}}])
def test_what_is_odd_and_sound_is_kept(servers: list[str], value: Any) -> None:
    body = json.dumps({"profile_metadata": {"odd": value}}).encode()
    for server in servers:
        request = (
            b"PATCH /v1/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%bContent-Length: %d\r\n\r\n%b"
        )
        assert told(server, request % (AUTHORIZATION + JSON + ANY, len(body), body)).status == 200
        answer = told(
            server, b"GET /v1/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n" % AUTHORIZATION
        )
        assert answer.problem["profile_metadata"] == {"odd": value}
