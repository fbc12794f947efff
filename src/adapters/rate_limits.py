"""Counts what is used of rate limits, in a storage that processes share, with the library `limits`."""

from __future__ import annotations

import asyncio

from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError as NotInstalled
from limits.storage import storage_from_string

DEADLINE = 0.5
"""Seconds that the storage may take for one use."""
Usage = tuple[bool, int, float]


class StorageUnusable(Exception):
    """The storage cannot be used like this. Says what to do."""


class WindowCounter:
    """Implements entrypoints.http.kit.allowances.SharedCounter: so much in each window of a minute."""

    def __init__(self, storage: Storage, deadline: float = DEADLINE) -> None:
        self._limiter = FixedWindowRateLimiter(storage)
        self._deadline = deadline

    async def use(self, name: str, amount: int, a_minute: int) -> Usage:
        item = RateLimitItemPerMinute(a_minute)
        async with asyncio.timeout(self._deadline):
            # What costs more than a minute's worth can still be had, at the beginning of a window.
            is_within = await self._limiter.hit(item, name, cost=min(amount, a_minute))
            stats = await self._limiter.get_window_stats(item, name)
        return is_within, stats.remaining, stats.reset_time


def counter_of(storage: str | None, database: Storage | None, is_shared: bool) -> WindowCounter | None:
    """What counts for all processes; None where each process counts alone.

    The `storage` is `memory`, `database` or the address of a Redis server; None for `database` if that is shared, and
    else for `memory`. Raises StorageUnusable.
    """
    where = storage or ("database" if is_shared else "memory")
    if where == "memory":
        return None
    if where != "database":
        return redis_counter(where)
    if database is None:
        raise StorageUnusable("is database, but DATABASE_URL names no database")
    return WindowCounter(database)


def redis_counter(url: str) -> WindowCounter:
    """A counter on a Redis server. Raises StorageUnusable."""
    try:
        storage = storage_from_string(f"async+{url}", implementation="redispy")
    except NotInstalled:
        raise StorageUnusable("needs the package redis: pip install 'redis>=5.2'") from None
    except (ValueError, OSError) as error:
        raise StorageUnusable(f"is not the address of a Redis server: {type(error).__name__}") from None
    if not isinstance(storage, Storage):
        raise StorageUnusable("is not the address of a Redis server")
    return WindowCounter(storage)
