"""Where everything is kept, as the settings say: a database or memory, and what counts rate limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager as ContextManager
from dataclasses import dataclass
from typing import Any

from adapters.memory.kit.discovery import memory_readers, memory_units
from adapters.memory.kit.operating import AlwaysReady, NothingToInspect, nothing, nothing_to_raise
from adapters.memory.kit.store import MemoryStore
from adapters.rate_limits import StorageUnusable, WindowCounter, redis_counter
from adapters.sql.install.installing import install
from adapters.sql.install.migrating import MigrationUnknown
from adapters.sql.install.preflight import inspection
from adapters.sql.install.readiness import SqlReadiness
from adapters.sql.install.reading_roles import RoleUnusable
from adapters.sql.install.restoring import TooFarBehind, raise_count
from adapters.sql.kit.discovery import map_all, sql_adapters, sql_units
from adapters.sql.kit.engine import Database
from adapters.sql.kit.hosts import postgresql_hosts
from adapters.sql.kit.options import DatabaseOptions, UnusableUrl, database_url
from adapters.sql.kit.rate_limits import DatabaseStorage
from application.kernel.ports import Clock
from application.kernel.units import Units
from entrypoints.composition.database_options import options_of, with_replica
from entrypoints.http.kit.health import Readiness
from entrypoints.preflight.inspection import Inspection
from entrypoints.settings import ConfigurationError, Settings

OpenDatabase = Callable[[DatabaseOptions], Database]


@dataclass(frozen=True, slots=True)
class Stored:
    """A store: units of work and readers by their types, and what operators do with it."""

    objects: Mapping[type, Any]
    readiness: Readiness
    inspection: Callable[[], ContextManager[Inspection]]
    migrate: Callable[[], Awaitable[None]]
    after_restore: Callable[[Callable[[int], None]], Awaitable[int]]
    """Prepare a restored database; how many transactions its server lacked. Raises ConfigurationError."""
    close: Callable[[], Awaitable[None]]
    count: Callable[[], WindowCounter] | None = None
    """Makes what counts rate limits in the database."""
    is_shared: bool = False
    """Whether several processes are likely to use it."""


def in_memory(store: MemoryStore) -> Stored:
    """Everything is kept in this object, and gone with the process."""
    objects = {Units: memory_units(store), **memory_readers(store)}
    return Stored(objects, AlwaysReady(), NothingToInspect.opened, nothing, nothing_to_raise, nothing)


def on_database(settings: Settings, clock: Clock, machine: Clock, open_with: OpenDatabase) -> Stored:
    """Everything is kept in the database of the settings. Raises ConfigurationError."""
    map_all()
    owner = settings.migration_database_url
    try:
        database = open_with(with_replica(settings, options_of(settings, settings.database_url)))
        owned = None if owner is None else options_of(settings, owner)
    except UnusableUrl as error:
        raise ConfigurationError(str(error)) from None
    readiness = SqlReadiness(database, machine)

    async def migrate() -> None:
        try:
            await install(database, owned, settings.organization_time_zone)
        except (MigrationUnknown, RoleUnusable) as error:
            raise ConfigurationError(str(error)) from None

    async def after_restore(tell: Callable[[int], None]) -> int:
        try:
            return await raise_count(database.engine, tell)
        except TooFarBehind as error:
            raise ConfigurationError(str(error)) from None

    async def close() -> None:
        await readiness.close()
        await database.close()

    return Stored(
        {Units: sql_units(database), **sql_adapters().readers(database.reads_of_queries)},
        readiness,
        lambda: inspection(database, machine),
        migrate,
        after_restore,
        close,
        lambda: WindowCounter(DatabaseStorage(database.engine, clock)),
        postgresql_hosts(database_url(settings.database_url.get_secret_value())) is not None,
    )


def counter_of(settings: Settings, stored: Stored) -> WindowCounter | None:
    """What counts rate limits for all processes; None where each counts alone. Raises ConfigurationError."""
    chosen = settings.rate_limit_storage
    where = chosen.get_secret_value() if chosen else "database" if stored.is_shared else "memory"
    if where == "memory":
        return None
    if where == "database":
        if stored.count is None:
            raise ConfigurationError("RATE_LIMIT_STORAGE is database, but DATABASE_URL names no database")
        return stored.count()
    try:
        return redis_counter(where)
    except StorageUnusable as error:
        raise ConfigurationError(f"RATE_LIMIT_STORAGE {error}") from None
