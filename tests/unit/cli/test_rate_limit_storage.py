"""Where rate limits are counted, as the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from adapters.rate_limits import StorageUnusable, redis_counter
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import ConfigurationError, Settings


def settings(url: str, storage: str | None) -> Settings:
    chosen = None if storage is None else SecretStr(storage)
    return Settings(database_url=SecretStr(url), rate_limit_storage=chosen, environment="development")


@pytest.mark.parametrize(
    ("url", "storage", "is_shared"),
    [
        *(("memory://", None, False), ("memory://", "memory", False), ("sqlite:///{folder}/x.db", None, False)),
        *(("sqlite:///{folder}/x.db", "database", True), ("postgresql://u:p@127.0.0.1:1/x", None, True)),
        ("postgresql://u:p@127.0.0.1:1/x", "memory", False),
    ],
)
async def test_the_database_counts_where_processes_share_one(
    tmp_path: Path, url: str, storage: str | None, *, is_shared: bool
) -> None:
    service = bootstrap(settings(url.format(folder=tmp_path), storage))
    assert (service.counter is not None) is is_shared
    await service.close()


def test_a_database_in_memory_counts_nothing() -> None:
    with pytest.raises(ConfigurationError, match="RATE_LIMIT_STORAGE is database, but DATABASE_URL names no database"):
        bootstrap(settings("memory://", "database"))


@pytest.mark.parametrize("storage", ["", "somewhere", "https://example.com", "redis://", "database://x"])
def test_other_storages_are_refused(storage: str) -> None:
    with pytest.raises(ValidationError, match="must be memory, database, redis"):
        settings("memory://", storage)


def test_redis_needs_its_package() -> None:
    """It is not among those that the service is installed with."""
    with pytest.raises(StorageUnusable, match=r"needs the package redis"):
        redis_counter("redis://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match=r"RATE_LIMIT_STORAGE needs the package redis"):
        bootstrap(settings("memory://", "redis://127.0.0.1:1"))
