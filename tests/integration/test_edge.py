"""Hostile bytes over real HTTP: refused with a reason, never a failure of ours, and alike on every backend."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration.running import authorization, empty_url, listening
from support import CountingIds, FixedClock

MODULE = "00000000-0000-7000-9000-000000000001"
JSON = b"Content-Type: application/json\r\n"
CSV = b"Content-Type: text/csv\r\n"
ANY = b"If-Match: *\r\n"
DEEP = 100_000
MEBIBYTE = 2**20


AUTHORIZATION = b"Authorization: %b\r\n" % authorization(clock=FixedClock())["Authorization"].encode()


@dataclass(frozen=True)
class Told:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@pytest.fixture(scope="module")
def servers(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """The same application three times: in memory, on SQLite and on PostgreSQL."""
    file = tmp_path_factory.mktemp("edge") / "edge.db"
    shutil.copy(sqlite_template, file)
    urls = [empty_url(request, "memory"), f"sqlite:///{file}", empty_url(request, "postgresql")]
    with ExitStack() as stack:
        yield [stack.enter_context(listening(url, clock=FixedClock(), ids=CountingIds())) for url in urls]


def ask(servers: list[str], method: bytes, target: bytes, *, headers: bytes = b"", body: bytes = b"") -> Told:
    """What all the servers answer to these bytes, which must be the same."""
    if body:
        headers += b"Content-Length: %d\r\n" % len(body)
    headers = AUTHORIZATION + headers
    request = b"%b %b HTTP/1.1\r\nHost: training.test\r\nConnection: close\r\nX-Request-Id: edge\r\n%b\r\n%b"
    answers = [_told(server, request % (method, target, headers, body)) for server in servers]
    assert answers[1:] == answers[:-1]
    assert answers[0].status < 500, answers[0]
    return answers[0]


def _told(server: str, request: bytes) -> Told:
    address = urlsplit(server)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
        return Told(answer.status, headers, answer.read())


ROUTES = {
    "draft": (b"POST", b"/v1/modules", b"title"),
    "edit me": (b"PATCH", b"/v1/users/me", b"full_name"),
    "register": (b"POST", b"/v1/users", b"email"),
    "deactivate": (b"POST", b"/v1/users/deactivate", b"user_ids"),
    "section": (b"POST", b"/v1/modules/%b/sections" % MODULE.encode(), b"content"),
    "order": (b"PUT", b"/v1/modules/%b/sections/order" % MODULE.encode(), b"section_ids"),
    "bulk": (b"POST", b"/v1/modules/%b/enrollments/bulk" % MODULE.encode(), b"departments"),
}
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
    "nothing": (b"", 400),
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
    method, target, field = ROUTES[route]
    hostile, status = VALUES[value]

    told = ask(servers, method, target, headers=JSON + ANY, body=b'{"%b": %b}' % (field, hostile))

    assert told.status == status
    assert told.problem["code"] == {400: "malformed-json", 422: "invalid-value"}[status]


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


LISTS = [b"/v1/modules", b"/v1/users", b"/v1/users/me/enrollments", b"/v1/modules/%b/enrollments" % MODULE.encode()]
QUERIES = [
    b"q=%00",
    b"q=%ff",
    b"q=%ed%a0%80",
    b"q=%c0%80",
    b"%00=x",
    b"%ff",
    b"limit=9223372036854775808",
    b"limit=-9223372036854775809",
    b"limit=" + b"9" * 5_000,
    b"limit=1e400",
    b"limit=%D9%A3",
    b"limit=+5",
    b"limit=05",
    b"limit=5&limit=5",
    b"limit=",
    b"cursor=%00",
    b"cursor=" + b"_" * 32,
    b"cursor=" + b"A" * 31,
    b"cursor=" + b"A" * 30 + b"%3D%3D",
    b"&".join(b"x%d=1" % number for number in range(2_000)),
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:40].decode())
@pytest.mark.parametrize("target", LISTS, ids=bytes.decode)
def test_a_hostile_query_is_refused(servers: list[str], target: bytes, query: bytes) -> None:
    told = ask(servers, b"GET", target + b"?" + query)
    assert (told.status, told.problem["code"]) == (422, "invalid-value")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/v1/users?q=" + b"%25_%5C" * 20, 200),
        (b"/v1/users?q=" + b"%F0%9F%A6%B7" * 100, 200),
        (b"/v1/users?q=" + b"x" * 101, 422),
        (b"/v1/users?q=" + b"x" * 60_000, 422),
        (b"/v1/users?metadata=" + b".".join([b"a"] * 90) + b":x", 200),
        (b"/v1/users?metadata=a:%22%5C%27%3B--", 200),
        (b"/v1/users?metadata=a:%00", 422),
        (b"/v1/users?metadata=a.%24:x", 422),
        (b"/v1/users?" + b"department=x&" * 51, 422),
        (b"/v1/users?department=%27%20OR%201=1--", 200),
        (b"/v1/users?cursor=" + b"A" * 32, 200),
        (b"/v1/users?cursor=AP" + b"_" * 30, 200),
        (b"/v1/modules?tag=%27", 422),
        (b"/v1/modules?status=Draft", 422),
    ],
    ids=lambda value: value[:60].decode() if isinstance(value, bytes) else None,
)
def test_an_odd_query_is_taken_literally(servers: list[str], target: bytes, status: int) -> None:
    told = ask(servers, b"GET", target)
    assert told.status == status
    if status == 200 and b"cursor=AP" not in target:
        assert told.problem == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("prefix", [b"/v1/users/", b"/v1/modules/", b"/v1/users/me/enrollments/", b"/schema/assets/"])
@pytest.mark.parametrize(
    "segment",
    [
        b"%00",
        b"me%00",
        b"%ff",
        b"%ed%a0%80",
        b"%2e%2e",
        b"..",
        b"%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        b"{00000000-0000-7000-9000-000000000001}",
        b"urn:uuid:00000000-0000-7000-9000-000000000001",
        b"0000000000000007000900000000000001",
        b"%EF%BC%900000000-0000-7000-9000-000000000001",
        b"00000000-0000-7000-9000-000000000001%0a",
        b"x" * 10_000,
        b"'%20OR%20'1'='1",
    ],
    ids=lambda segment: segment[:40].decode(),
)
def test_a_hostile_path_leads_nowhere(servers: list[str], prefix: bytes, segment: bytes) -> None:
    told = ask(servers, b"GET", prefix + segment)
    assert told.status == 404
    assert told.problem["code"] in ("not-found", "user-not-found", "module-not-found")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Idempotency-Key: ", 422),
        (b"Idempotency-Key: \xff", 422),
        (b"Idempotency-Key: " + b"k" * 256, 422),
        (b"Idempotency-Key: a\r\nIdempotency-Key: b", 422),
        (b"Idempotency-Key: \0", 400),
        (b"If-Match: \xff", 422),
        (b'If-Match: "9223372036854775808"', 412),
        (b'If-Match: "' + b"9" * 5_000 + b'"', 412),
        (b"If-Match: " + b'"7",' * 5_000 + b'"8"', 412),
        (b"If-Match: " + b'"7" ,' * 5_000, 422),
        (b'If-Match: "1', 422),
        (b"Content-Type: application/json; charset=utf-16", 415),
        (b"Content-Type: \xff", 415),
        (b"Content-Type: " + b"application/json;" * 1_000, 415),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_hostile_header_is_refused(servers: list[str], header: bytes, status: int) -> None:
    method, target, body = (b"PATCH", b"/v1/users/me", b'{"job_title": "x"}')
    if header.startswith(b"Idempotency-Key"):
        method, target, body = (b"POST", b"/v1/users", b'{"email": "ana@example.com"}')
    others = b"" if header.startswith(b"Content-Type") else JSON
    others += b"" if header.startswith(b"If-Match") else ANY
    assert ask(servers, method, target, headers=others + header + b"\r\n", body=body).status == status


@pytest.mark.parametrize("value", [b'"9223372036854775808"', b'W/"1", "2"', b"*", b'"' + b"9" * 5_000 + b'"'])
def test_an_odd_condition_on_reading_is_answered(servers: list[str], value: bytes) -> None:
    told = ask(servers, b"GET", b"/v1/users/me", headers=b"If-None-Match: %b\r\n" % value)
    assert told.status == (304 if b'W/"1"' in value or value == b"*" else 200)


@pytest.mark.parametrize("value", [b"", b"\xff", b"x" * 65, b"a b", b"../etc"])
def test_a_request_id_that_is_not_fit_is_replaced(servers: list[str], value: bytes) -> None:
    for server in servers:
        told = _told(server, b"GET /v1/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: %b\r\n\r\n" % value)
        assert told.problem["request_id"] == told.headers["x-request-id"]
        assert told.headers["x-request-id"].encode("latin-1") != value


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
        pytest.param("email\nana@example.com\n".encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xef\xbb\xbfemail\nana\n", id="byte order mark"),
        pytest.param(b"email\n" + b"ana\n" * 3_000, id="thousands of bad lines"),
    ],
)
def test_a_hostile_roster_is_refused(servers: list[str], roster: bytes) -> None:
    told = ask(servers, b"POST", b"/v1/users/import", headers=CSV, body=roster)
    assert told.status == 422
    assert told.problem["code"] in ("roster-rejected", "roster-unreadable")


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 1e-320, 1.5e18, 0.1, "\U0001f9b7\u202e", {"": {"": [None]}}])
def test_what_is_odd_and_sound_is_kept(servers: list[str], value: Any) -> None:
    body = json.dumps({"profile_metadata": {"odd": value}}).encode()
    for server in servers:
        request = b"PATCH /v1/users/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%bContent-Length: %d\r\n\r\n%b"
        assert _told(server, request % (AUTHORIZATION + JSON + ANY, len(body), body)).status == 200
        told = _told(server, b"GET /v1/users/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%b\r\n" % AUTHORIZATION)
        assert told.problem["profile_metadata"] == {"odd": value}
