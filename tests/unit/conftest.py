"""Random examples are drawn the same way each time, so that a failure can be repeated."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import settings

from kit.made_up_packages import Package
from kit.surroundings import migrate

settings.register_profile("unit", max_examples=20, derandomize=True, database=None, deadline=None)
settings.register_profile("many", settings.get_profile("unit"), max_examples=1_000)
settings.load_profile(os.environ.get("EXAMPLES", "unit"))


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


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Makes up a package called `greetings`."""

    def make(**modules: str) -> str:
        folder = tmp_path / "greetings"
        for name, source in modules.items():
            path = folder / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            for init in {folder, path.parent}:
                (init / "__init__.py").touch()
            path.write_text(dedent(source))
        return "greetings"

    monkeypatch.syspath_prepend(tmp_path)
    yield make
    for name in [name for name in sys.modules if name.split(".")[0] == "greetings"]:
        del sys.modules[name]
