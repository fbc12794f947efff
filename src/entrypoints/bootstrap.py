"""The composition root: the only place that knows the container and the adapters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import punq

from adapters.files.catalog import CatalogProblem, read_catalog
from adapters.files.roster import CsvRoster
from adapters.memory import MemoryStore, MemoryUnits, memory_readers
from adapters.sql.engine import Database, DatabaseOptions, UnusableUrl, open_database
from adapters.sql.migrating import upgrade
from adapters.sql.readiness import SqlReadiness
from adapters.sql.rooms import PORTS, READERS, map_all
from adapters.sql.units import SqlUnits
from adapters.system import SystemClock, TimeOrderedIds
from application.bus import Bus, Handler, discover
from application.messages import Message
from application.ports import Clock, Ids, Units
from entrypoints.http.health import Readiness
from entrypoints.settings import ConfigurationError, Settings

__all__ = ["CatalogProblem", "CsvRoster", "Service", "bootstrap", "read_catalog"]


@dataclass(frozen=True, slots=True)
class Service:
    """The application, wired: what every way in needs."""

    settings: Settings
    bus: Bus
    handlers: Mapping[type[Message[Any]], Handler]
    readiness: Readiness
    migrate: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]

    def roster_file(self, path: Path) -> CsvRoster:
        """The roster in a CSV file."""
        return CsvRoster(path)


def bootstrap(settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None) -> Service:
    """Wire the application for these settings. Nothing is sent to the database yet.

    Raises ConfigurationError, and application.bus.Miswired when the code itself breaks a rule.
    """
    container = punq.Container()
    container.register(Clock, instance=clock or SystemClock())
    container.register(Ids, instance=ids or TimeOrderedIds())
    if settings.database_url.get_secret_value().startswith("memory://"):
        backend = _in_memory(container)
    else:
        backend = _on_database(container, settings)
    handlers = discover()
    bus = Bus(handlers, container.resolve(Units), container.resolve)
    return Service(settings, bus, handlers, backend.readiness, backend.migrate, backend.close)


@dataclass(frozen=True, slots=True)
class _Backend:
    readiness: Readiness
    migrate: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


class _AlwaysReady:
    async def problems(self) -> list[str]:
        return []


async def _nothing() -> None:
    return


def _in_memory(container: punq.Container) -> _Backend:
    store = MemoryStore()
    container.register(Units, instance=MemoryUnits(store))
    for port, reader in memory_readers(store).items():
        container.register(port, instance=reader)
    return _Backend(_AlwaysReady(), _nothing, _nothing)


def _on_database(container: punq.Container, settings: Settings) -> _Backend:
    map_all()
    try:
        database = open_database(_options(settings))
    except UnusableUrl as error:
        raise ConfigurationError(str(error)) from None
    container.register(Units, instance=SqlUnits(database.engine, PORTS))
    for port, make in READERS.items():
        container.register(port, instance=make(database.reads))
    return _Backend(SqlReadiness(database.engine), _migration(database), database.close)


def _migration(database: Database) -> Callable[[], Awaitable[None]]:
    async def migrate() -> None:
        await upgrade(database.engine)

    return migrate


def _options(settings: Settings) -> DatabaseOptions:
    return DatabaseOptions(
        url=settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_pool_timeout,
        pool_recycle=settings.database_pool_recycle,
        pool_pre_ping=settings.database_pool_pre_ping,
        pooler=settings.database_pooler,
        tls=settings.database_tls,
        tls_ca=settings.database_tls_ca,
    )
