"""`serve --workers`: several processes behave as one service, whichever of them ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from integration.running import ServerProcess, authorization

WORKERS = 2
SOON = 60.0
"""Seconds within which processes start and end, on a machine that is busy."""
ROSTER = b"email\nana@example.com\n"


@pytest.fixture
def server(sqlite: str) -> Iterator[ServerProcess]:
    settings = {"STOP_TIMEOUT": "60", "MAX_CONNECTIONS_PER_ADDRESS": "1000"}
    with ServerProcess(sqlite, "serve", "--workers", str(WORKERS), **settings) as server:
        yield server
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(SOON)


@pytest.fixture
async def client(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.address, headers=authorization(), timeout=SOON) as client:
        yield client


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON):
        while not holds():  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(0.02)


def said(server: ServerProcess, words: str) -> int:
    return sum(words in line for line in server.log)


def processes(server: ServerProcess) -> list[int]:
    """Of the workers that have started so far."""
    return [int(found[1]) for line in server.log if (found := re.search(r"Started server process \[(\d+)\]", line))]


async def answered(client: httpx.AsyncClient) -> float:
    """How often all workers together say to have answered."""
    text = (await client.get("/metrics")).text
    found = re.search(r'http_requests_total\{method="GET",route="/health/live",status="200"\} (\S+)', text)
    return float(found[1]) if found else 0.0


async def answered_alone(address: str) -> float:
    """The same, asked on a connection of its own, which any of the workers may take."""
    async with httpx.AsyncClient(base_url=address, headers=authorization(), timeout=SOON) as alone:
        return await answered(alone)


async def live(address: str) -> int:
    """The status of a request on a connection of its own."""
    async with httpx.AsyncClient(base_url=address, timeout=SOON) as alone:
        return (await alone.get("/health/live")).status_code


class Load:
    """Keep-alive clients who send one request after the other, and new ones who send one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.statuses: list[int] = []
        self.errors: list[str] = []
        self._ends = False

    async def __aenter__(self) -> Load:
        self._tasks = [asyncio.create_task(self._keep_on()) for _ in range(6)]
        self._tasks.append(asyncio.create_task(self._come_and_go()))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ends = True
        await asyncio.gather(*self._tasks)

    async def _keep_on(self) -> None:
        async with httpx.AsyncClient(base_url=self.address, headers=authorization(), timeout=SOON) as client:
            await self._send(client.get, "/v1/modules?limit=1")

    async def _come_and_go(self) -> None:
        await self._send(lambda _: live(self.address), "")

    async def _send(self, get: Callable[..., object], path: str) -> None:
        while not self._ends:
            try:
                answer = await get(path)  # type: ignore[misc]  # of either kind
            except httpx.ConnectError:
                # Nobody listens any more: nothing was sent.
                return
            except httpx.HTTPError as error:
                self.errors.append(repr(error))
                continue
            self.statuses.append(answer if isinstance(answer, int) else answer.status_code)


class Upload:
    """A roster of which the second half is sent when it is released."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._half_sent, self._release = asyncio.Event(), asyncio.Event()
        sending = client.post("/v1/users/import", content=self._body(), headers={"content-type": "text/csv"})
        self._task = asyncio.create_task(sending)

    async def _body(self) -> AsyncIterator[bytes]:
        yield ROSTER[:8]
        self._half_sent.set()
        await self._release.wait()
        yield ROSTER[8:]

    async def half_sent(self) -> None:
        await self._half_sent.wait()

    async def finished(self) -> httpx.Response:
        self._release.set()
        return await self._task


async def test_the_metrics_are_those_of_all_workers(server: ServerProcess, client: httpx.AsyncClient) -> None:
    assert await asyncio.gather(*(live(server.address) for _ in range(100))) == [200] * 100
    async with asyncio.timeout(SOON):
        while (count := await answered(client)) < 100:  # noqa: ASYNC110  # another process counts
            await asyncio.sleep(0.05)
    assert count == 100

    # A killed worker loses the counts that it has not shared. Wait until both workers answer with all of them.
    async with asyncio.timeout(SOON):
        while {*await asyncio.gather(*(answered_alone(server.address) for _ in range(20)))} != {100.0}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    killed = processes(server)[0]
    os.kill(killed, signal.SIGKILL)
    await until(lambda: said(server, "takes its place"))
    await until(lambda: len(processes(server)) == WORKERS + 1)
    assert said(server, f"worker 1 (process {killed}) has ended unexpectedly: SIGKILL")
    assert await answered(client) == 100
    text = (await client.get("/metrics")).text
    assert set(re.findall(r'process_resident_memory_bytes\{worker="(\d+)"\}', text)) <= {"1", "2"}
    assert len(re.findall("^process_resident_memory_bytes", text, re.MULTILINE)) <= WORKERS


async def test_a_renewal_loses_no_request(server: ServerProcess, client: httpx.AsyncClient) -> None:
    before = set(processes(server))
    async with Load(server.address) as load:
        upload = Upload(client)
        await upload.half_sent()
        server.process.send_signal(signal.SIGHUP)
        await until(lambda: said(server, "all workers have been renewed"))
        # One of the two is still busy with the roster.
        await until(lambda: said(server, "has ended") == WORKERS - 1)
        imported = await upload.finished()
        await until(lambda: said(server, "has ended") == WORKERS)
    assert (imported.status_code, imported.json()["created"]) == (200, 1)
    assert load.errors == []
    assert set(load.statuses) == {200}
    assert len(set(processes(server)) - before) == WORKERS


async def test_a_stop_loses_no_request(server: ServerProcess, client: httpx.AsyncClient) -> None:
    async with Load(server.address) as load:
        upload = Upload(client)
        await upload.half_sent()
        await until(lambda: len(load.statuses) > 20)
        server.process.send_signal(signal.SIGTERM)
        await until(lambda: said(server, "has ended") == WORKERS - 1)
        imported = await upload.finished()
        assert await asyncio.to_thread(server.process.wait, SOON) == 0
    assert (imported.status_code, imported.json()["created"]) == (200, 1)
    assert load.errors == []
    assert set(load.statuses) == {200}


async def test_a_stop_does_not_wait_longer_because_of_a_renewal(sqlite: str) -> None:
    head = "POST /v1/users/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n"
    sent = f"{head}Authorization: {authorization()['authorization']}\r\n\r\nemail\n"
    with ServerProcess(sqlite, "serve", "--workers", "1", STOP_TIMEOUT="0.5", LOG_FORMAT="json") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.address.rpartition(":")[2]))
        writer.write(sent.encode())
        async with httpx.AsyncClient(base_url=server.address, timeout=SOON) as client:
            async with asyncio.timeout(SOON):
                while 'http_requests_in_flight{worker="1"} 2.0' not in (await client.get("/metrics")).text:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        server.process.send_signal(signal.SIGHUP)
        await until(lambda: said(server, "all workers have been renewed"))
        server.process.send_signal(signal.SIGTERM)
        assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
        writer.close()
        assert await asyncio.to_thread(server.process.wait, SOON) == 0
    assert not said(server, "killed")
    loggers = {json.loads(line)["logger"] for line in server.log}
    assert loggers >= {f"unified_dental.{name}" for name in ("start", "access", "workers")} | {"uvicorn.error"}


async def test_without_their_supervisor_workers_end(server: ServerProcess, client: httpx.AsyncClient) -> None:
    upload = Upload(client)
    await upload.half_sent()
    server.process.kill()
    assert (await upload.finished()).status_code == 200
    async with asyncio.timeout(SOON):
        while True:
            try:
                await live(server.address)
            except httpx.TransportError:
                break
            await asyncio.sleep(0.05)


def test_what_keeps_workers_from_starting_is_said_once(sqlite: str) -> None:
    with pytest.raises(AssertionError, match="did not start") as failed:
        ServerProcess(sqlite, "serve", "--workers", "2", "--host", "0.0.0.0").__enter__()  # noqa: S104  # what is refused
    assert str(failed.value).count("not started: Tokens for development") == 1
