"""Every port on SQLite and on PostgreSQL: the suites that the memory adapters pass.

On PostgreSQL as the service's role, which shows that the tables declare what the service does with them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.sql.kit.engine import Database
from contracts import suites
from integration.backends import SqlBackend, as_service, opened

globals().update(suites())


@pytest.fixture
async def backend(database: Database, url: str) -> AsyncIterator[SqlBackend]:
    """The SQL adapters on an empty database."""
    if not url.startswith("postgresql"):
        yield SqlBackend(database)
        return
    async with opened(as_service(url)) as backend:
        yield backend
