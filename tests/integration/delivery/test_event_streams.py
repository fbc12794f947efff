"""Streams of events from a real server: across processes, when it stops, and when a client leaves."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.make import uid
from integration.backends import until
from integration.running import ServerProcess, authorization, empty_url

EVENTS = "/v1/events"
STREAM = {"accept": "text/event-stream"}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@asynccontextmanager
async def client_of(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.address, headers=authorization(), timeout=30) as client:
        yield client


async def events(lines: AsyncIterator[str], most: int) -> list[dict[str, Any]]:
    """The next events of the stream."""
    found: list[dict[str, Any]] = []
    while len(found) < most:
        line = await anext(lines)
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
    return found


async def draft(client: httpx.AsyncClient, title: str) -> str:
    made = await client.post("/v1/modules", json={"title": title})
    assert made.status_code == 201
    module_id: str = made.json()["id"]
    return module_id


async def test_events_of_another_process_arrive_and_a_stop_ends_the_stream(url: str) -> None:
    with ServerProcess(url) as reading, ServerProcess(url) as writing:
        async with client_of(reading) as reader, client_of(writing) as writer:
            async with reader.stream("GET", f"{EVENTS}?after=latest&name=ModuleDrafted", headers=STREAM) as stream:
                assert stream.status_code == 200
                lines = stream.aiter_lines()
                assert (await anext(lines), await anext(lines)) == ("retry: 2000", "")
                made = [await draft(writer, "Sharps"), await draft(writer, "Masks")]
                cursor = (await writer.get(f"{EVENTS}?after=latest")).json()["next_cursor"]
                waiting = asyncio.create_task(writer.get(f"{EVENTS}?after={cursor}&wait=20"))
                here = await draft(reader, "Gloves")
                assert [each["subject_id"] for each in await events(lines, 3)] == [*made, here]
                assert (await waiting).json()["items"][0]["subject_id"] == here
                reading.process.send_signal(signal.SIGTERM)
                # To its end, without an error: the last part was sent, and the connection closed.
                rest = [line async for line in lines]
                assert not any(line.startswith("data") for line in rest)
            assert await asyncio.to_thread(reading.process.wait, 15) in (0, -signal.SIGTERM)


async def test_a_client_that_leaves_is_forgotten(sqlite: str) -> None:
    with ServerProcess(sqlite, MAX_EVENT_READERS_PER_CALLER="2") as server:
        async with client_of(server) as client:
            async with client.stream("GET", EVENTS, headers=STREAM), client.stream("GET", EVENTS, headers=STREAM):
                assert (await client.get(EVENTS, headers=STREAM)).status_code == 429
            await until(lambda: has_no_other_requests(client))
            async with client.stream("GET", EVENTS, headers=STREAM) as again:
                assert again.status_code == 200


async def test_a_client_that_does_not_read_is_cut_off(sqlite: str) -> None:
    large_events(Path(sqlite.removeprefix("sqlite:///")))
    with ServerProcess(sqlite, ANSWER_TIMEOUT="0.5") as server:
        host, _, port = server.address.removeprefix("http://").partition(":")
        async with client_of(server) as client:
            with socket.socket() as slow:
                slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                slow.connect((host, int(port)))
                token = authorization()["authorization"]
                head = f"GET {EVENTS}?limit=200 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                slow.sendall(f"{head}Authorization: {token}\r\n\r\n".encode())
                await until(lambda: has_cut_off(client))
            await until(lambda: has_no_other_requests(client))


async def has_no_other_requests(client: httpx.AsyncClient) -> bool:
    return "http_requests_in_flight 1.0" in (await client.get("/metrics")).text


async def has_cut_off(client: httpx.AsyncClient) -> bool:
    return 'connections_turned_away_total{reason="answer-not-taken"}' in (await client.get("/metrics")).text


def large_events(database: Path) -> None:
    """Write 8 MB of events, more than the system takes from a server for a client that does not read."""
    payload = json.dumps({"batch_id": str(uid(1)), "user_ids": [str(uid(n)) for n in range(1_000)]})
    rows = [(uid(n).hex, "UsersEdited", uid(1).hex, payload, "2026-01-01 00:00:00.000000") for n in range(200)]
    with closing(sqlite3.connect(database)) as db, db:
        db.executemany(
            "INSERT INTO outbox_events (id, name, subject_id, payload, occurred_at) VALUES (?,?,?,?,?)", rows
        )
