"""The examples of the demonstration's interactive page, on the databases that it is started on."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sql.kit.engine import Database
from entrypoints.bootstrap import bootstrap
from integration.running import settings_for
from unit.http.test_demonstration_examples import Started, failures


async def test_every_example_succeeds(
    database: Database, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service = bootstrap(settings_for(url))
    try:
        assert await failures(await Started(service).browser()) == {}
    finally:
        await service.close()
