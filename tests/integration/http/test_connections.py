"""Connections that want more than their share, as raw bytes sent to a service of its own."""

from __future__ import annotations

import http.client
import json
import re
import select
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration.running import ServerProcess, authorization

MEBIBYTE = 2**20
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = LIVE[:-2] + b"Connection: close\r\n\r\n"
AUTHORIZATION = b"Authorization: %b\r\n" % authorization()["authorization"].encode()
HALF_A_DRAFT = (
    b"POST /v1/modules HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n%bContent-Length: 40\r\n\r\n"
    % AUTHORIZATION
)
NO_PROXY = {"FORWARDED_ALLOW_IPS": "192.0.2.1"}
"""The tests' own connections are not those of a proxy then."""


@dataclass
class Client:
    """One connection, spoken to in bytes."""

    connection: socket.socket
    heard: bytearray = field(default_factory=bytearray)

    def say(self, data: bytes) -> bool:
        """Whether the other side still took it."""
        try:
            self.connection.sendall(data)
        except ConnectionError:
            return False
        return True

    def has_word(self) -> bool:
        """Whether something can be read now, if only the end."""
        return bool(select.select([self.connection], [], [], 0.02)[0])

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer."""
        response = http.client.HTTPResponse(self.connection)
        response.begin()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def problem(self) -> tuple[int, str]:
        status, headers, body = self.answer()
        assert headers["content-type"] == "application/problem+json"
        assert headers["x-request-id"] == json.loads(body)["request_id"]
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
        return status, json.loads(body)["code"]

    def until_closed(self) -> bytes:
        """All that comes until the other side ends."""
        with suppress(ConnectionError):
            while data := self.connection.recv(65_536):
                self.heard += data
        return bytes(self.heard)


@dataclass
class Service:
    """The process, and clients that leave when the test ends."""

    process: ServerProcess
    stack: ExitStack

    def client(self, source: str = "127.0.0.1", **options: Any) -> Client:
        address = urlsplit(self.process.address)
        connection = socket.create_connection(
            (address.hostname or "", address.port or 0), timeout=30, source_address=(source, 0)
        )
        return Client(self.stack.enter_context(connection))

    def is_alive(self, source: str = "127.0.0.1") -> bool:
        client = self.client(source)
        client.say(LIVE)
        return client.answer()[0] == 200

    def busy(self) -> Client:
        """A client whose draft the application is reading, which is said by the answer to `Expect`."""
        client = self.client()
        client.say(HALF_A_DRAFT.replace(b"Host: 127.0.0.1", b"Host: 127.0.0.1\r\nExpect: 100-continue") + b'{"title": ')
        continues = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert client.connection.recv(len(continues), socket.MSG_WAITALL) == continues
        return client

    @property
    def peak_memory(self) -> int:
        """The most bytes that the process has had in memory."""
        status = Path(f"/proc/{self.process.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@contextmanager
def serving(template: Path, **settings: str) -> Iterator[Service]:
    """A service on a copy of the template."""
    with TemporaryDirectory() as folder:
        file = shutil.copy(template, folder)
        with ServerProcess(f"sqlite:///{file}", **settings) as process, ExitStack() as stack:
            yield Service(process, stack)


@pytest.fixture(scope="module")
def generous(sqlite_template: Path) -> Iterator[Service]:
    """A service with the limits as they are by default."""
    with serving(sqlite_template) as service:
        yield service


@pytest.fixture(scope="module")
def hasty(sqlite_template: Path) -> Iterator[Service]:
    """A service that waits for nobody, and has less time for its own part than clients have for theirs."""
    limits = {"HEAD_TIMEOUT": "1", "BODY_TIMEOUT": "0.5", "ANSWER_TIMEOUT": "0.5", "REQUEST_TIMEOUT": "0.4"}
    with serving(sqlite_template, **limits) as service:
        yield service


def flood(client: Client, piece: bytes, total: int) -> int:
    """Send the piece over and over, until the total or until the other side has had enough. How many bytes went."""
    sent = 0
    while sent < total:
        if not client.say(piece):
            break
        sent += len(piece)
    return sent


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: x\r\n", b"X-Some: " + b"y" * 1_000 + b"\r\n", id="headers"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: x\r\n", b"a:\r\n" * 1_000, id="small headers"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nX-Some: ", b"y" * 1_000, id="one header's value"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n", b"y" * 1_000, id="one header's name"),
        pytest.param(b"GET /", b"y" * 1_000, id="target"),
        pytest.param(
            b"POST /v1/modules HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\nX-Some: ",
            b"y" * 1_000,
            id="trailer",
        ),
        pytest.param(
            b"POST /v1/modules HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            b"y" * 1_000,
            id="extension",
        ),
        pytest.param(b"", b"\r\n" * 500, id="empty lines"),
        pytest.param(LIVE, b"\r\n" * 500, id="empty lines after a request"),
    ],
)
def test_100_mebibytes_of_a_head_are_refused_in_bounded_memory(generous: Service, head: bytes, piece: bytes) -> None:
    assert generous.is_alive()
    before = generous.peak_memory
    client = generous.client()
    client.say(head)
    assert flood(client, piece, 100 * MEBIBYTE) < 100 * MEBIBYTE
    assert generous.peak_memory - before < 24 * MEBIBYTE
    assert generous.is_alive()


def test_a_head_has_64_kibibytes_and_100_headers(generous: Service) -> None:
    def ask(*headers: bytes) -> Client:
        client = generous.client()
        client.say(b"GET /health/live HTTP/1.1\r\n" + b"".join(header + b"\r\n" for header in headers) + b"\r\n")
        return client

    assert ask(b"Host: x", b"X-Some: " + b"y" * 65_000).answer()[0] == 200
    assert ask(b"Host: x", *[b"X-Some: y"] * 99).answer()[0] == 200
    for client in ask(b"Host: x", b"X-Some: " + b"y" * 65_536), ask(b"Host: x", *[b"X-Some: y"] * 100):
        assert client.problem() == (431, "head-too-large")
        assert client.until_closed() == b""


def test_what_is_no_http_is_a_problem_document(generous: Service) -> None:
    client = generous.client()
    client.say(b"\x16\x03\x01 hello\r\n\r\n")
    assert client.problem() == (400, "malformed-request")
    assert client.until_closed() == b""


def test_what_was_asked_before_a_fault_is_answered_first(generous: Service) -> None:
    client = generous.client()
    client.say(LIVE * 3 + b"no HTTP\r\n\r\n")
    heard = client.until_closed()
    assert heard.count(b'{"status":"live"}') == 3
    assert heard.count(b"connection: close") == 1


def test_of_very_many_requests_at_once_some_are_answered_and_the_rest_asked_for_again(generous: Service) -> None:
    client = generous.client()
    client.say(LIVE * 1_000)
    heard = client.until_closed()
    assert 0 < heard.count(b'{"status":"live"}') < 1_000
    assert heard.count(b"connection: close") == 1


def draft(slug: bytes, *headers: bytes) -> tuple[bytes, bytes]:
    """The head and the body of a request that makes a module."""
    body = b'{"slug": "%b", "title": "A draft"}' % slug
    head = [b"POST /v1/modules HTTP/1.1", b"Host: 127.0.0.1", AUTHORIZATION.strip(), b"Content-Type: application/json"]
    return b"\r\n".join([*head, *headers, b"", b""]), body


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("connection", [b"Upgrade, HTTP2-Settings", b"keep-alive, upgrade"])
def test_a_body_is_the_requests_own_also_when_it_asks_for_another_protocol(
    generous: Service, connection: bytes, apart: bool
) -> None:
    """As Java's client asks. What stands in the body is never taken for a request, which a proxy has not seen."""
    slug = b"asked-%d-%d" % (len(connection), apart)
    hidden = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    for body, status in ((draft(slug)[1], b"201"), (hidden, b"400")):
        client = generous.client()
        head, _ = draft(slug, b"Connection: " + connection, b"Upgrade: h2c", b"Content-Length: %d" % len(body))
        for part in (head, body + LAST) if apart else (head + body + LAST,):
            client.say(part)
            client.has_word()
        heard = client.until_closed()
        assert re.findall(rb"HTTP/1.1 (\d+)", heard) == [status, b"200"]
        assert heard.endswith(b'{"status":"live"}')


def test_no_tunnel_is_opened(generous: Service) -> None:
    client = generous.client()
    client.say(b"CONNECT /metrics HTTP/1.1\r\nHost: x\r\n\r\n" + LIVE)
    assert client.problem() == (400, "malformed-request")
    assert client.until_closed() == b""


def test_what_stands_behind_a_body_is_no_header(generous: Service) -> None:
    """A proxy that overwrites or removes headers leaves trailers alone."""
    client, chunked = generous.client(), b"Transfer-Encoding: chunked"
    head, body = draft(b"trailed", chunked)
    chunk = b"%x\r\n%b\r\n0\r\n" % (len(body), body)
    without = head.replace(AUTHORIZATION, b"")
    client.say(without + chunk + AUTHORIZATION + b"\r\n")
    assert client.problem() == (401, "not-authenticated")
    client.say(head + chunk + b"X-Forwarded-For: 192.0.2.7\r\nHost: elsewhere\r\nIf-None-Match: *\r\n\r\n")
    assert client.answer()[0] == 201
    client.say(head + chunk + b"Idempotency-Key: trailed\r\n\r\n")
    assert client.answer()[0] == 409
    client.say(draft(b"trailed-again", chunked, b"Idempotency-Key: trailed")[0] + chunk + b"\r\n")
    status, headers, _ = client.answer()
    assert (status, "idempotency-replayed" in headers) == (409, False), "the key is used for the first time"


@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket"])
def test_nobody_is_switched_to_another_protocol(generous: Service, upgrade: bytes) -> None:
    client = generous.client()
    client.say(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n" % upgrade)
    assert client.answer()[0] == 200


class TestSlowClients:
    def test_a_head_that_does_not_end(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(LIVE[:-2])
        assert client.problem() == (408, "request-timeout")
        assert client.until_closed() == b""

    def test_refused_connections_are_among_the_figures(self, hasty: Service) -> None:
        slow = hasty.client()
        slow.say(LIVE[:-2])
        assert slow.problem() == (408, "request-timeout")
        broken = hasty.client()
        broken.say(b"?\r\n\r\n")
        assert broken.problem() == (400, "malformed-request")
        client = hasty.client()
        client.say(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        figures = client.answer()[2].decode()
        for reason in ("request-timeout", "malformed-request"):
            (count,) = re.findall(rf'^connections_turned_away_total{{reason="{reason}"}} (\S+)$', figures, re.MULTILINE)
            assert float(count) >= 1

    def test_a_head_that_comes_letter_by_letter(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(LIVE[:-2])
        for number in count():
            if client.has_word():
                break
            assert client.say(b"X-%d: y\r\n" % number)
        assert client.problem() == (408, "request-timeout")

    @pytest.mark.parametrize("before", [b"", LIVE], ids=["first", "next"])
    def test_empty_lines_are_no_request(self, hasty: Service, before: bytes) -> None:
        client = hasty.client()
        client.say(before)
        if before:
            assert client.answer()[0] == 200
        while not client.has_word():
            client.say(b"\r\n")
        assert client.until_closed() == b""

    def test_a_silent_client_gets_no_answer(self, hasty: Service) -> None:
        assert hasty.client().until_closed() == b""

    def test_the_next_head_of_a_connection(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(LIVE)
        assert client.answer()[0] == 200
        client.say(LIVE[:-2])
        assert client.problem() == (408, "request-timeout")

    def test_a_body_that_does_not_come(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(HALF_A_DRAFT + b'{"title": ')
        assert client.problem() == (408, "request-timeout")
        assert client.until_closed() == b""

    def test_a_body_that_comes_letter_by_letter(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(HALF_A_DRAFT.replace(b": 40", b": 4000"))
        while not client.has_word():
            assert client.say(b" ")
        assert client.problem() == (408, "request-timeout")

    def test_a_body_that_goes_on_after_its_answer(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(HALF_A_DRAFT.replace(AUTHORIZATION, b"").replace(b": 40", b": 4000"))
        assert client.problem() == (401, "not-authenticated")
        while not client.has_word():
            client.say(b" ")
        assert client.until_closed() == b""

    def test_what_was_asked_before_a_slow_body_is_answered_first(self, hasty: Service) -> None:
        client = hasty.client()
        client.say(LIVE * 2 + HALF_A_DRAFT)
        heard = client.until_closed()
        assert re.findall(rb"HTTP/1.1 (\d+)", heard) == [b"200", b"200", b"408"]

    def test_who_does_not_take_the_answers_is_left(self, hasty: Service) -> None:
        client = hasty.client()
        schema = b"GET /schema/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        client.connection.settimeout(0.05)
        with suppress(ConnectionError):
            while True:
                with suppress(TimeoutError):
                    client.connection.sendall(schema)
        client.connection.settimeout(30)
        assert hasty.is_alive()


class TestManyConnections:
    def test_half_open_connections_keep_nobody_out(self, sqlite_template: Path) -> None:
        with serving(sqlite_template, MAX_CONNECTIONS="5") as service:
            half = [service.client() for _ in range(20)]
            for client in half:
                client.say(b"GET ")
            assert service.is_alive()
            assert half[0].until_closed() == b""

    def test_busy_ones_are_not_ended_for_a_new_one(self, sqlite_template: Path) -> None:
        with serving(sqlite_template, MAX_CONNECTIONS="2") as service:
            busy = [service.busy(), service.busy()]
            newcomer = service.client()
            assert newcomer.problem() == (503, "too-many-connections")
            for client, title in zip(busy, (b"Hands", b"Masks"), strict=True):
                client.say(b'"%b"' % title + b" " * 22 + b"}")
                assert client.answer()[0] == 201

    def test_one_address_has_its_share(self, sqlite_template: Path) -> None:
        with serving(sqlite_template, MAX_CONNECTIONS="100", MAX_CONNECTIONS_PER_ADDRESS="2", **NO_PROXY) as service:
            busy = [service.busy(), service.busy()]
            assert service.client().problem() == (503, "too-many-connections")
            assert service.is_alive("127.0.0.2")
            busy[0].connection.close()
            busy[1].say(b'"Hands"' + b" " * 22 + b"}")
            assert busy[1].answer()[0] == 201

    def test_who_waits_makes_room_for_the_same_address(self, sqlite_template: Path) -> None:
        with serving(sqlite_template, MAX_CONNECTIONS_PER_ADDRESS="2", **NO_PROXY) as service:
            other = service.client("127.0.0.2")
            waiting = [service.client() for _ in range(2)]
            assert service.is_alive()
            assert waiting[0].until_closed() == b""
            other.say(LIVE)
            assert other.answer()[0] == 200

    def test_a_proxy_brings_the_connections_of_many(self, sqlite_template: Path) -> None:
        with serving(sqlite_template, MAX_CONNECTIONS_PER_ADDRESS="1", FORWARDED_ALLOW_IPS="127.0.0.1") as service:
            service.busy()
            assert service.is_alive()
            assert service.is_alive()


def test_head_has_no_body_that_could_be_taken_for_the_next_answer(generous: Service) -> None:
    client = generous.client()
    client.say(LIVE.replace(b"GET", b"HEAD") + LAST)
    first, second = client.until_closed().split(b"\r\n\r\n", 1)
    assert b"\r\ncontent-length: 17\r\n" in first
    assert second.startswith(b"HTTP/1.1 200 OK")
