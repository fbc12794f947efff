"""Events of one unit of work in memory: those that no aggregate caused, and those waiting for delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.registry import serves
from application.kernel.units import Events, Outbox, OutboxEntry
from domain.kernel.aggregate import DomainEvent


@dataclass(frozen=True, slots=True)
class Positioned(OutboxEntry):
    """An entry with its position, which is never given to another."""

    position: int


OUTBOX = MemoryTable[UUID, Positioned]("outbox")
"""The events, oldest first."""
LAST_POSITION = MemoryTable[str, int]("outbox_position")
"""The position of the last event, which may be deleted, under an empty name."""


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
        self._last = unit.draft(LAST_POSITION)

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        position = self._last.peek("") or 0
        for entry in entries:
            position += 1
            self._outbox.put(entry.id, Positioned(entry.id, entry.occurred_at, entry.event, entry.actor, position))
        self._last.put("", position)
