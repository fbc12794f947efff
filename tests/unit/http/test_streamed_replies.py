"""Answers that are sent while they are made: nothing is made for nobody, and nothing stays open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from application.reporting.report import Report, ReportFile, ReportWriter
from entrypoints.http.kit.replies import StreamedReply
from worlds.http import World


class Parts:
    """Parts of an answer, which know how many of them were made, and whether their maker was closed."""

    def __init__(self, last: int = 100) -> None:
        self.last = last
        self.made = 0
        self.is_closed = False

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        try:
            while self.made < self.last:
                self.made += 1
                yield b"part;"
                await asyncio.sleep(0)
        finally:
            self.is_closed = True


class Client:
    """A client that goes away after some parts, as the server tells it: sending never fails."""

    def __init__(self, leaves_after: int = 1_000) -> None:
        self.leaves_after = leaves_after
        self.got: list[bytes] = []
        self.is_complete = False
        self._has_sent = False
        self._left = asyncio.Event()

    async def receive(self) -> Any:
        if not self._has_sent:
            self._has_sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Any) -> None:
        if event["type"] == "http.response.body":
            self.got += [event["body"]] if event["body"] else []
            self.is_complete = not event["more_body"]
        if len(self.got) == self.leaves_after:
            self._left.set()


async def asks(client: Client, parts: Parts, method: str = "GET") -> None:
    scope: Any = {"type": "http", "method": method}
    await StreamedReply(parts(), ())(scope, client.receive, client.send)


async def test_everything_is_sent() -> None:
    client, parts = Client(), Parts(3)
    await asks(client, parts)
    assert (client.got, client.is_complete, parts.is_closed) == ([b"part;"] * 3, True, True)


async def test_nothing_more_is_made_for_a_client_that_is_gone() -> None:
    client, parts = Client(leaves_after=2), Parts()
    await asks(client, parts)
    assert (parts.made < 6, client.is_complete, parts.is_closed) == (True, False, True)


async def test_nothing_more_is_made_for_the_head_alone() -> None:
    client, parts = Client(), Parts()
    await asks(client, parts, "HEAD")
    assert (parts.made, client.is_complete, parts.is_closed) == (1, True, True)


async def test_what_is_open_is_closed_when_sending_fails() -> None:
    client, parts = Client(), Parts()

    async def send(event: Any) -> None:
        if event["type"] == "http.response.body":
            raise ConnectionResetError

    scope: Any = {"type": "http", "method": "GET"}
    with pytest.raises(ConnectionResetError):
        await StreamedReply(parts(), ())(scope, client.receive, send)
    assert parts.is_closed


class EndlessReports:
    """Reports that never come to their end."""

    def written(self, report: Report[Any]) -> ReportFile[Any]:
        async def chunks() -> AsyncGenerator[bytes, None]:
            await asyncio.Event().wait()
            yield b""

        return ReportFile("text/csv", "endless.csv", chunks())


async def test_a_report_has_a_time_of_its_own(world: World) -> None:
    world.objects[ReportWriter] = EndlessReports()
    async with world.client(request_timeout=3_600, long_timeout=0.05) as api, asyncio.timeout(10):
        response = await api.get("/v1/reports/overdue")
    assert (response.status_code, response.json()["code"]) == (503, "took-too-long")
