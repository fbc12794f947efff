"""Hostile paths, queries and headers over real HTTP: refused with a reason, and alike on every backend."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.same_answers import ANY, JSON, ask, three_servers, told

MODULE = b"00000000-0000-7000-9000-000000000001"


@pytest.fixture(scope="module")
def servers(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    with three_servers(request) as addresses:
        yield addresses


LISTS = [b"/v1/modules", b"/v1/users", b"/v1/users/me/enrollments", b"/v1/modules/%b/enrollments" % MODULE]
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
    answer = ask(servers, b"GET", target + b"?" + query)
    assert (answer.status, answer.problem["code"]) == (422, "invalid-value")


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
    answer = ask(servers, b"GET", target)
    assert answer.status == status
    if status == 200 and b"cursor=AP" not in target:
        assert answer.problem == {"items": [], "next_cursor": None}


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
    answer = ask(servers, b"GET", prefix + segment)
    assert answer.status == 404
    assert answer.problem["code"] in ("not-found", "user-not-found", "module-not-found")


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
    answer = ask(servers, b"GET", b"/v1/users/me", headers=b"If-None-Match: %b\r\n" % value)
    assert answer.status == (304 if value == b"*" else 200)
    weak = b'"7", W/' + ask(servers, b"GET", b"/v1/users/me").headers["etag"].encode()
    assert ask(servers, b"GET", b"/v1/users/me", headers=b"If-None-Match: %b\r\n" % weak).status == 304


@pytest.mark.parametrize("value", [b"", b"\xff", b"x" * 65, b"a b", b"../etc"])
def test_a_request_id_that_is_not_fit_is_replaced(servers: list[str], value: bytes) -> None:
    for server in servers:
        answer = told(server, b"GET /v1/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: %b\r\n\r\n" % value)
        assert answer.problem["request_id"] == answer.headers["x-request-id"]
        assert answer.headers["x-request-id"].encode("latin-1") != value


@pytest.mark.parametrize(
    "target",
    [
        b"//metrics",
        b"/metrics/",
        b"/metrics#",
        b"/metrics#x",
        b"/%6detrics",
        b"/metrics%2f",
        b"/metrics%23",
        b"/v1/../metrics",
        b"/./metrics",
        b"/metrics;x",
        b"/METRICS",
        b"http://training.test//metrics",
        b"/v1//hooks/supabase/account-changed",
        b"/v1/hooks/supabase/account-changed#",
        b"/v1/%68ooks/supabase/account-changed",
        b"/v1/hooks%2Fsupabase/account-changed",
    ],
    ids=bytes.decode,
)
def test_no_other_spelling_of_a_path_leads_there(servers: list[str], target: bytes) -> None:
    method = b"POST" if b"ooks" in target else b"GET"
    answer = ask(servers, method, target, headers=JSON, body=b"{}" if method == b"POST" else b"")
    assert (answer.status, answer.problem["code"]) == (404, "not-found")
