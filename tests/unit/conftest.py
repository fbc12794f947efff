"""Random examples are drawn the same way each time, so that a failure can be repeated."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import settings

from support import migrate

settings.register_profile("unit", max_examples=40, derandomize=True, database=None, deadline=None)
settings.load_profile("unit")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables made, to be copied: to make them takes longer than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path
