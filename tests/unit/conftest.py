"""Random examples are drawn the same way each time, so that a failure can be repeated."""

from __future__ import annotations

import asyncio
import gc
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from support import migrate

settings.register_profile("unit", max_examples=40, derandomize=True, database=None, deadline=None)
settings.load_profile("unit")

# Tests make much that lives long, such as applications: looking through all of it often takes a sixth of the time.
gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables made, to be copied: to make them takes longer than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def ready(migrated: Path, tmp_path: Path) -> Path:
    """A migrated, empty database where the command line looks for it in an empty working directory."""
    path = tmp_path / "test.db"
    shutil.copy(migrated, path)
    return path
