"""The service on a database that goes wrong, with so little patience that a test need not have much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr

from entrypoints.bootstrap import bootstrap
from entrypoints.settings import Settings
from integration.running import client_of

IMPATIENT: dict[str, Any] = {
    "database_connect_timeout": 2,
    "database_pool_timeout": 2,
    "database_statement_timeout": 2,
    "database_lock_timeout": 0.5,
    "database_command_timeout": 2.5,
    "request_timeout": 8,
}
UNHURRIED: dict[str, Any] = {name: 5 * limit for name, limit in IMPATIENT.items()}
"""For what breaks at once: there only a busy machine could make a service wait."""
SOON = 15.0
"""Seconds within which everything that an impatient service is asked is answered, on a machine that is busy."""


UNLIMITED: dict[str, Any] = {"writes_per_person": 1_000_000}
"""Tests write more often than people do."""


@asynccontextmanager
async def served(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service on this database, as its administrator."""
    chosen = {"database_url": SecretStr(url), "environment": "development", **UNLIMITED, **IMPATIENT, **settings}
    async with client_of(bootstrap(Settings(**chosen))) as client:
        yield client


async def eventually(holds: Callable[[], Awaitable[object]], seconds: float = SOON) -> None:
    """Wait for what comes about by itself."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  # what is waited for happens elsewhere
            await asyncio.sleep(0.05)
