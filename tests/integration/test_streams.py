"""Events in JetStream of a real NATS server, published by the worker as an operator runs it."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from pydantic import SecretStr

from application.delivery.ports import Deliveries, DeliveryFilter, DeliveryReader
from application.delivery.streams import TARGET
from application.kernel.access import Actor
from application.kernel.units import Unit
from application.people.users.commands import RegisterUser
from domain.delivery.deliveries import DeliveryState
from entrypoints.bootstrap import Service, bootstrap
from entrypoints.settings import ConfigurationError, Settings

NATS = Path(sys.prefix) / "bin" / "nats-server"


@contextmanager
def broker(folder: Path, port: int) -> Iterator[None]:
    """A NATS server with JetStream, which keeps its streams in the folder."""
    command = [str(NATS), "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603  # our own command
    try:
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[str]:
    """The address of a broker that runs."""
    with broker(tmp_path / "streams", port):
        yield f"nats://127.0.0.1:{port}"


@pytest.fixture
async def client(running: str) -> AsyncIterator[Client]:
    """A client of the broker, whose stream exists."""
    client = await nats.connect(running)
    await client.jetstream().add_stream(name="TRAINING", subjects=["training.events.>"])
    yield client
    await client.close()


@pytest.fixture
async def service(database: object, url: str, port: int) -> AsyncIterator[Service]:
    service = bootstrap(_settings(url, f"nats://127.0.0.1:{port}"))
    yield service
    await service.close()


def _settings(url: str, stream: str) -> Settings:
    return Settings(database_url=SecretStr(url), environment="development", stream_url=SecretStr(stream))


async def registered(service: Service, email: str) -> None:
    await service.bus.execute(RegisterUser(email), Actor.system())


async def delivered(service: Service, count: int) -> None:
    """Work until there are so many delivered events: another transaction of the server may hold them back."""
    worker = service.worker(lambda channel, result: None)
    async with asyncio.timeout(30):
        while True:
            await worker.once()
            page = await service.resolve(DeliveryReader).page(
                DeliveryFilter(DeliveryState.DELIVERED, "stream"), None, 100
            )
            if len(page.items) >= count:
                return
            await asyncio.sleep(0.05)


async def received(client: Client, count: int) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """The subjects, headers and bodies of that many messages, and that there are no more."""
    consumer = await client.jetstream().pull_subscribe("training.events.>", durable="test")
    found = await consumer.fetch(count, timeout=10)
    with pytest.raises(NatsTimeout):
        await consumer.fetch(1, timeout=0.2)
    for message in found:
        await message.ack()
    return [(each.subject, each.headers or {}, json.loads(each.data)) for each in found]


async def test_every_event_has_its_subject_and_its_id(service: Service, client: Client) -> None:
    await registered(service, "ana@example.com")
    await registered(service, "ben@example.com")
    await delivered(service, 2)
    found = await received(client, 2)
    for subject, headers, body in found:
        assert subject == f"training.events.{body['name']}" == "training.events.UsersRegistered"
        assert headers["Nats-Msg-Id"] == body["id"]
        assert body["schema_version"] == 1
        assert "example.com" not in json.dumps(body)


async def test_an_event_that_is_published_again_is_stored_once(service: Service, client: Client, backend: Any) -> None:
    await registered(service, "ana@example.com")
    await delivered(service, 1)
    page = await service.resolve(DeliveryReader).page(DeliveryFilter(channel="stream"), None, 10)
    assert [each.target_id for each in page.items] == [TARGET]

    async def again(unit: Unit) -> None:
        await unit.port(Deliveries).replay(page.items[0].id, page.items[0].created_at)

    await backend.units.run(again)
    await delivered(service, 1)
    assert len(await received(client, 1)) == 1


async def test_an_event_waits_while_the_broker_is_away(service: Service) -> None:
    await registered(service, "ana@example.com")
    worker, deliveries = service.worker(lambda channel, result: None), service.resolve(DeliveryReader)
    async with asyncio.timeout(30):
        while not (waiting := (await deliveries.page(DeliveryFilter(channel="stream"), None, 10)).items):
            await worker.once()
            await asyncio.sleep(0.05)
    assert waiting[0].state is DeliveryState.WAITING
    assert waiting[0].last_error in ("refused", "timeout")


async def test_without_its_stream_nothing_is_acknowledged(service: Service, running: str) -> None:
    await registered(service, "ana@example.com")
    worker, deliveries = service.worker(lambda channel, result: None), service.resolve(DeliveryReader)
    async with asyncio.timeout(30):
        while not (waiting := (await deliveries.page(DeliveryFilter(channel="stream"), None, 10)).items):
            await worker.once()
            await asyncio.sleep(0.05)
    assert waiting[0].state is DeliveryState.WAITING


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="must begin with nats"):
        bootstrap(_settings("memory://", "kafka://127.0.0.1"))


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adapters.streams.nats", None)
    with pytest.raises(ConfigurationError, match=r"\[streams\]"):
        bootstrap(_settings("memory://", "nats://127.0.0.1"))
