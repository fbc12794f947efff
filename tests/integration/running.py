"""The whole application for tests: called directly, listening in a thread, or as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from threading import Thread
from typing import IO, Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from application.kernel.access import Actor
from application.kernel.ports import Clock, Ids
from application.people.users.roles import GrantRole
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service, bootstrap, development_subject, development_tokens
from entrypoints.cli.serving import application
from entrypoints.connections.protocol import LimitedHttp
from entrypoints.settings import Settings

ADMINISTRATOR = "admin@unifieddental.example"
PLENTY = 1_000_000
"""What tests may spend a minute: they ask more often than people do, and some of their clocks stand still."""


def empty_url(request: pytest.FixtureRequest, kind: str) -> str:
    """The URL of a migrated, empty database: `memory`, `sqlite` or `postgresql`. For fixtures that are not async."""
    if kind == "memory":
        return "memory://"
    url = str(request.getfixturevalue(kind))
    if kind == "postgresql":
        request.getfixturevalue("empty_tables")()
    return url


def settings_for(url: str) -> Settings:
    """Settings with this database, whatever the environment says."""
    return Settings(
        database_url=SecretStr(url),
        environment="development",
        costly_per_person=PLENTY,
        costly_per_address=PLENTY,
        writes_per_person=PLENTY,
    )


def authorization(email: str = ADMINISTRATOR, clock: Clock | None = None) -> dict[str, str]:
    """The header of someone who has signed in with the development issuer, for three months."""
    tokens = development_tokens(settings_for("memory://"), clock)
    return {"authorization": f"Bearer {tokens.issue(email, development_subject(email), timedelta(days=90))}"}


async def has_administrator(service: Service) -> None:
    """Make sure that the user of `authorization` exists."""
    await service.bus.execute(GrantRole(ADMINISTRATOR, Role.ADMIN), Actor.system())


async def _has_administrator(url: str, clock: Clock | None = None, ids: Ids | None = None) -> None:
    service = bootstrap(settings_for(url), clock=clock, ids=ids)
    try:
        await has_administrator(service)
    finally:
        await service.close()


def _done(work: Coroutine[Any, Any, None]) -> None:
    """Do the work in an event loop of its own, whether or not there is one here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@asynccontextmanager
async def closing(service: Service) -> AsyncIterator[None]:
    """Closes the service in the end."""
    try:
        yield
    finally:
        await service.close()


@asynccontextmanager
async def client_of(
    service: Service, clock: Clock | None = None, *, housekeeping: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls the application directly, as its administrator.

    Without `housekeeping` the application answers requests and does nothing else, so that all statements are theirs.
    """
    app = application(service)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # two spellings of ASGI
    await has_administrator(service)
    headers = authorization(clock=clock)
    async with (
        app.lifespan() if housekeeping else closing(service),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client,
    ):
        yield client


@contextmanager
def listening(url: str, *, clock: Clock | None = None, ids: Ids | None = None) -> Iterator[str]:
    """The address of the application on this database, served by uvicorn in a thread with its own event loop."""
    service = bootstrap(settings_for(url), clock=clock, ids=ids)
    # Connections of one event loop are of no use in another; memory has none.
    _done(has_administrator(service) if url == "memory://" else _has_administrator(url, clock, ids))
    # Connections wait in the listener's queue until the application has started: nobody needs to poll.
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        config = uvicorn.Config(
            application(service),
            http=LimitedHttp,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class ServerProcess:
    """`unified-dental`, serving on a free port, to its administrator. Leaving the context kills it."""

    def __init__(self, url: str, verb: str = "serve", *options: str, **settings: str) -> None:
        """`options` are those of the verb, and `settings` variables of the environment."""
        self.log: list[str] = []
        if verb == "serve":
            _done(_has_administrator(url))
        self._command = [sys.executable, "-m", "entrypoints", verb, "--port", "0", *options]
        self._environment = {
            **os.environ,
            "DATABASE_URL": url,
            "ENVIRONMENT": "development",
            "LOG_LEVEL": "info",
            "COSTLY_PER_PERSON": str(PLENTY),
            "COSTLY_PER_ADDRESS": str(PLENTY),
            "WRITES_PER_PERSON": str(PLENTY),
        } | settings

    def __enter__(self) -> ServerProcess:
        self.process = subprocess.Popen(  # noqa: S603  # our own command
            self._command,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr
        log = self.process.stderr
        try:
            self.address = _address(log, self.log)
        except AssertionError:
            self.process.wait()
            log.close()
            raise
        # Nobody would read on, and a full pipe would stop the server.
        self._reader = Thread(target=_drain, args=(log, self.log))
        self._reader.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()


def _address(log: IO[str], seen: list[str]) -> str:
    for line in log:
        seen.append(line)
        if found := re.search(r"running on (http://[\w.:]+)", line):
            return found[1]
    raise AssertionError("the server did not start:\n" + "".join(seen))


def _drain(log: IO[str], seen: list[str]) -> None:
    with log:
        seen.extend(log)
