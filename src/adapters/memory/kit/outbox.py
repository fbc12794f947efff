"""Events of one unit of work in memory: those that no aggregate caused, and those waiting for delivery."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.registry import serves
from application.kernel.units import Events, Outbox, OutboxEntry
from domain.kernel.aggregate import DomainEvent

OUTBOX = MemoryTable[UUID, OutboxEntry]("outbox")
"""The events waiting for delivery, oldest first."""


@serves(Events)
class MemoryEvents:
    """Implements application.kernel.units.Events."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._unit = unit

    def record(self, event: DomainEvent) -> None:
        self._unit.events.append(event)


@serves(Outbox)
class MemoryOutbox:
    """Implements application.kernel.units.Outbox."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._outbox = unit.draft(OUTBOX)

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        for entry in entries:
            self._outbox.put(entry.id, entry)
