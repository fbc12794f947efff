"""Clients that leave half-way, servers that are killed, and servers that are asked to stop."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from adapters.sql.kit.engine import Database
from adapters.sql.people.tables import users
from integration.backends import SqlBackend, until
from integration.running import ServerProcess, authorization, empty_url, listening

QUESTION = {"prompt": "Soap?", "metadata": {"kind": "true_false", "correct": True}}
MODULE = {
    "title": "Hand hygiene",
    "sections": [
        {"title": "Read", "content": {"kind": "lesson", "markdown": "Wash your hands."}},
        {"title": "Check", "content": {"kind": "quiz"}, "questions": [QUESTION, QUESTION]},
    ],
}
ROSTER = "email,department\n" + "".join(f"person{number}@example.com,Hygiene\n" for number in range(100))
UPLOAD = ("POST", "/v1/users/import", "text/csv")
DRAFT = ("POST", "/v1/modules", "application/json")


class Leaving:
    """A client that sends a part of a request, and then the rest, or leaves."""

    def __init__(self, address: str) -> None:
        self._host, self._port = httpx.URL(address).host, httpx.URL(address).port

    async def begin(self, request: tuple[str, str, str], body: str, *, half: bool = True, headers: str = "") -> None:
        method, path, media_type = request
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        sent = len(body) // 2 if half else len(body)
        self._rest = body[sent:].encode()
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n{headers}"
            f"Authorization: {authorization()['authorization']}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body[:sent]}".encode()
        )
        await self._writer.drain()

    async def end(self) -> bytes:
        """Send the rest; the first line of the answer."""
        self._writer.write(self._rest)
        status = await self._reader.readline()
        self._writer.close()
        return status

    def leave(self) -> None:
        self._writer.transport.abort()


def others_in_flight(client: httpx.AsyncClient, count: int) -> Callable[[], Awaitable[bool]]:
    """Whether the server is busy with so many requests, the one that asks not counted."""

    async def check() -> bool:
        figures = (await client.get("/metrics")).text
        found = re.search(r"^http_requests_in_flight (\S+)$", figures, re.MULTILINE)
        assert found
        return float(found[1]) == count + 1

    return check


async def items(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    return list(answer.json()["items"])


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return empty_url(request, request.param)


@pytest.mark.parametrize(("request_line", "body"), [(UPLOAD, ROSTER), (DRAFT, '{"title": "Hand hygiene"}')])
async def test_a_client_that_leaves_while_it_sends_leaves_nothing_behind(
    url: str, request_line: tuple[str, str, str], body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with listening(url) as address:
        async with httpx.AsyncClient(base_url=address, headers=authorization()) as client:
            leaving = Leaving(address)
            await leaving.begin(request_line, body)
            await until(others_in_flight(client, 1))
            leaving.leave()
            await until(others_in_flight(client, 0))

            assert not [name for name in os.listdir(tmp_path) if name.startswith("unified-dental-")]
            assert await items(client, "/v1/modules") == []
            assert len(await items(client, "/v1/users")) == 1
            whole = await client.post(request_line[1], content=body, headers={"content-type": request_line[2]})
            assert whole.is_success


async def test_a_client_that_leaves_before_the_answer_gets_it_by_its_key(url: str) -> None:
    body, key = '{"title": "Hand hygiene"}', "hands"
    with listening(url) as address:
        async with httpx.AsyncClient(base_url=address, headers=authorization()) as client:
            leaving = Leaving(address)
            await leaving.begin(DRAFT, body, half=False, headers=f"Idempotency-Key: {key}\r\n")
            leaving.leave()

            async def answered() -> bool:
                headers = {"content-type": "application/json", "idempotency-key": key}
                return (await client.post("/v1/modules", content=body, headers=headers)).status_code == 201

            await until(answered)
            assert len(await items(client, "/v1/modules")) == 1


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
async def test_a_killed_server_has_kept_all_that_it_acknowledged_and_nothing_by_halves(
    url: str, backend: SqlBackend
) -> None:
    acknowledged: dict[str, dict[str, Any]] = {}
    with ServerProcess(url) as server:

        async def draft_until_killed(client: httpx.AsyncClient, name: int) -> None:
            number = 0
            with suppress(httpx.TransportError):
                while True:
                    number += 1
                    answer = await client.post("/v1/modules", json={**MODULE, "slug": f"hands-{name}-{number}"})
                    assert answer.status_code == 201
                    acknowledged[answer.json()["id"]] = answer.json()
                    if len(acknowledged) == 40:
                        server.process.kill()

        async with httpx.AsyncClient(base_url=server.address, headers=authorization()) as client:
            await asyncio.gather(*(draft_until_killed(client, name) for name in range(8)))

    with ServerProcess(url) as server:
        async with httpx.AsyncClient(base_url=server.address, headers=authorization()) as client:
            stored = {module["id"] for module in await items(client, "/v1/modules?limit=200")}
            details = {one: (await client.get(f"/v1/modules/{one}")).json() for one in stored}
            for one, module in details.items():
                quiz = module["sections"][1]["id"]
                assert len(await items(client, f"/v1/modules/{one}/sections/{quiz}/questions")) == 2
            assert (await client.post("/v1/modules", json=MODULE)).status_code == 201

    assert len(acknowledged) >= 40
    assert {one: details[one] for one in acknowledged} == acknowledged
    drafted = {str(subject) for name, subject, _ in await backend.outbox() if name == "ModuleDrafted"}
    assert stored < drafted
    assert len(drafted) == len(stored) + 1


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
async def test_a_server_that_is_asked_to_stop_finishes_what_it_has_begun(url: str, database: Database) -> None:
    with ServerProcess(url) as server:
        upload = Leaving(server.address)
        async with httpx.AsyncClient(base_url=server.address, headers=authorization()) as client:
            await upload.begin(UPLOAD, ROSTER)
            await until(others_in_flight(client, 1))
        server.process.send_signal(signal.SIGTERM)
        await until(closed(server.address))

        assert b" 200 " in await upload.end()
        assert await asyncio.to_thread(server.process.wait, 10) in (0, -signal.SIGTERM)

    async with database.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(users)) == 101


def closed(address: str) -> Callable[[], Awaitable[bool]]:
    """Whether the server takes no more connections."""

    async def check() -> bool:
        try:
            _, writer = await asyncio.open_connection(httpx.URL(address).host, httpx.URL(address).port)
        except (ConnectionRefusedError, ConnectionResetError):  # reset while it was waiting to be accepted
            return True
        writer.close()
        return False

    return check
