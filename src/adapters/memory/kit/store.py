"""The store in memory and its units of work: one writer at a time, and each unit is atomic."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from adapters.memory.kit.tables import Draft, MemoryTable, Table
from adapters.system import SystemClock
from application.kernel.units import Unit
from domain.kernel.aggregate import Aggregate, DomainEvent, next_moment

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = TypeVar("P")
R = TypeVar("R")


class MemoryStore:
    """All committed data. `now` is the store's own clock, like a database's; by default the machine's."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or SystemClock().now
        self.writing = Lock()
        self.recorded: datetime | None = None
        """When the last fact was recorded: later than all before, so that the watermark covers it."""
        self._tables: dict[MemoryTable[Any, Any], Table[Any, Any]] = {}

    def table(self, declared: MemoryTable[K, V]) -> Table[K, V]:
        """The rows of the table; tables exist from the start, and begin empty."""
        if declared not in self._tables:
            self._tables[declared] = Table(declared)
        return self._tables[declared]

    @property
    def tables(self) -> dict[str, Table[Any, Any]]:
        """The tables used so far, by name."""
        return {declared.name: table for declared, table in self._tables.items()}

    def saved(self) -> Callable[[], None]:
        """Remember what is committed now. Calling the result puts it back, as often as needed, and nothing else."""
        saved = {declared: table.saved() for declared, table in self._tables.items()}

        def restore() -> None:
            for declared, table in self._tables.items():
                table.restore(saved.get(declared) or Table(declared))

        return restore


class MemoryUnit:
    """Implements application.kernel.units.Unit. It drafts each table that its ports use."""

    def __init__(self, store: MemoryStore, ports: Mapping[type, Callable[[MemoryUnit], Any]]) -> None:
        self.now = store.now
        self.events: list[DomainEvent] = []
        self._store = store
        self._factories = ports
        self._ports: dict[Callable[[MemoryUnit], Any], Any] = {}
        self._drafts: dict[MemoryTable[Any, Any], Draft[Any, Any]] = {}
        self._touched: list[object] = []
        self._moment: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When the facts of this unit are recorded: at one moment, later than all that is committed."""
        self._moment = self._moment or next_moment(self.now(), self._store.recorded)
        return self._moment

    def port(self, kind: type[P]) -> P:
        make = self._factories[kind]
        if make not in self._ports:
            self._ports[make] = make(self)
        return cast(P, self._ports[make])

    def draft(self, declared: MemoryTable[K, V]) -> Draft[K, V]:
        """The table as this unit sees and changes it; the same for all its ports."""
        if declared not in self._drafts:
            self._drafts[declared] = Draft(self._store.table(declared), self._touched)
        return self._drafts[declared]

    def take_events(self) -> list[DomainEvent]:
        events = [event for row in self._touched if isinstance(row, Aggregate) for event in row.take_events()]
        events += self.events
        self.events = []
        return events

    def commit(self) -> None:
        """Write everything, or raise and write nothing. Raises the violations that the tables declare."""
        self.take_events()  # Events are not part of an aggregate's state.
        for draft in self._drafts.values():
            draft.check()
        for draft in self._drafts.values():
            draft.commit()
        self._store.recorded = self._moment or self._store.recorded


class MemoryUnits:
    """Implements application.kernel.units.Units; units are serialized, like writers to SQLite."""

    def __init__(self, store: MemoryStore, ports: Mapping[type, Callable[[MemoryUnit], Any]]) -> None:
        self._store = store
        self._factories = ports
        self.ports = frozenset(ports)

    async def run(self, work: Callable[[Unit], Awaitable[R]]) -> R:
        async with self._store.writing:
            unit = MemoryUnit(self._store, self._factories)
            result = await work(unit)
            unit.commit()
            return result
