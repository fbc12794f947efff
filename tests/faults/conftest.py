"""Databases as the integration tests have them, and a server that may be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from adapters.sql.kit.engine import database_url
from faults.servers import OwnServer, own_server
from integration.backends import created, on_server, spelled
from integration.conftest import (  # noqa: F401  # fixtures
    _mapped,
    backend,
    database,
    empty_tables,
    migrated,
    other,
    postgresql,
    server,
    sqlite,
    sqlite_template,
)
from kit.surroundings import migrate


@pytest.fixture
def url(postgresql: str) -> str:  # noqa: F811
    """The URL of a migrated, empty PostgreSQL database, shared by the suite."""
    return postgresql


@pytest.fixture(scope="session")
def durable() -> Iterator[OwnServer]:
    """A server whose commits last, for tests that kill it. They leave it running."""
    with own_server() as own:
        yield own


@pytest.fixture(scope="session")
def durable_template(durable: OwnServer) -> str:
    """The name of a migrated database on it, to be copied."""
    url = asyncio.run(created(durable.url, "template_training"))
    asyncio.run(migrate(url))
    return "template_training"


@pytest.fixture
def durable_url(durable: OwnServer, durable_template: str) -> str:
    """The URL of a new, migrated database on it."""
    asyncio.run(
        on_server(
            durable.url,
            "DROP DATABASE IF EXISTS unified_dental WITH (FORCE)",
            f"CREATE DATABASE unified_dental TEMPLATE {durable_template}",
        )
    )
    return spelled(database_url(durable.url).set(database="unified_dental"))
