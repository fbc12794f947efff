"""A server that stops answers the requests that reach it on open connections, and says that it is the last time."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from integration.running import ServerProcess

REQUEST = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
SOON = 30.0


@pytest.fixture
def server(sqlite: str) -> Iterator[ServerProcess]:
    with ServerProcess(sqlite) as server:
        yield server


@contextmanager
def connected(server: ServerProcess) -> Iterator[socket.socket]:
    port = int(server.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=SOON) as client:
        yield client


def asked(client: socket.socket, request: bytes = REQUEST) -> bytes:
    client.sendall(request)
    heard = b""
    while not heard.endswith(b"}"):
        more = client.recv(4_096)
        assert more, f"the connection was closed after {heard!r}"
        heard += more
    return heard


def wait_for(server: ServerProcess, words: str) -> None:
    until = monotonic() + SOON
    while not any(words in line for line in server.log):
        assert monotonic() < until, server.log
        sleep(0.01)


def test_requests_on_open_connections_are_answered(server: ServerProcess) -> None:
    with connected(server) as used, connected(server) as fresh, connected(server) as slow:
        assert b"connection: close" not in asked(used)
        slow.sendall(REQUEST[:-2])
        asked(used)
        server.process.send_signal(signal.SIGTERM)
        wait_for(server, "Waiting for connections to close")
        for client, request in ((used, REQUEST), (fresh, REQUEST), (slow, b"\r\n")):
            answer = asked(client, request)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"connection: close" in answer
            assert client.recv(1) == b""
        with pytest.raises(ConnectionRefusedError), connected(server):
            pass
        assert server.process.wait(SOON) in (0, -signal.SIGTERM)


def test_a_pipelined_request_is_answered_too(server: ServerProcess) -> None:
    with connected(server) as client:
        asked(client)
        server.process.send_signal(signal.SIGTERM)
        wait_for(server, "Waiting for connections to close")
        client.sendall(REQUEST * 2)
        heard = b""
        while more := client.recv(4_096):
            heard += more
        assert heard.count(b"HTTP/1.1 200 ") == 2


def test_at_a_terminal_idle_connections_are_closed_at_once(server: ServerProcess) -> None:
    with connected(server) as client:
        asked(client)
        server.process.send_signal(signal.SIGINT)
        assert client.recv(1) == b""
        assert server.process.wait(SOON) in (0, -signal.SIGINT)
    assert not any("Traceback" in line for line in server.log)
