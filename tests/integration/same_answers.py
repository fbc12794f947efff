"""Raw bytes sent to the same application on every backend, whose answers must be the same."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration.running import authorization, empty_url, listening
from kit.surroundings import CountingIds, FixedClock

AUTHORIZATION = b"Authorization: %b\r\n" % authorization(clock=FixedClock())["authorization"].encode()
JSON = b"Content-Type: application/json\r\n"
CSV = b"Content-Type: text/csv\r\n"
ANY = b"If-Match: *\r\n"


@dataclass(frozen=True)
class Told:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@contextmanager
def three_servers(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The addresses of the same application three times: in memory, on SQLite and on PostgreSQL."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        file = shutil.copy(request.getfixturevalue("sqlite_template"), folder)
        urls = [empty_url(request, "memory"), f"sqlite:///{file}", empty_url(request, "postgresql")]
        yield [stack.enter_context(listening(url, clock=FixedClock(), ids=CountingIds())) for url in urls]


def ask(servers: list[str], method: bytes, target: bytes, *, headers: bytes = b"", body: bytes = b"") -> Told:
    """What all the servers answer to these bytes, which must be the same."""
    headers = AUTHORIZATION + headers
    if body:
        headers += b"Content-Length: %d\r\n" % len(body)
    request = b"%b %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Request-Id: edge\r\n%b\r\n%b"
    answers = [told(server, request % (method, target, headers, body)) for server in servers]
    told_alike = [without_request_id(answer) for answer in answers]
    assert told_alike[1:] == told_alike[:-1]
    assert answers[0].status < 500, answers[0]
    return answers[0]


def without_request_id(answer: Told) -> Told:
    """A request that cannot be read has an id of the server's own; and what is left of a limit depends on the time."""
    request_id = answer.headers["x-request-id"]
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "ratelimit")}
    return replace(answer, headers=headers, body=answer.body.replace(request_id.encode(), b""))


def told(server: str, request: bytes) -> Told:
    address = urlsplit(server)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        # A server that refuses a body by its length does not wait for the end of it.
        with suppress(ConnectionError):
            connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
        return Told(answer.status, headers, answer.read())
