"""Events of one unit of work in memory: those that no aggregate caused, and those that wait to leave."""

from __future__ import annotations

from collections.abc import Sequence

from application.kernel.units import OutboxEntry
from domain.kernel.aggregate import DomainEvent


class MemoryEvents:
    """Implements application.kernel.units.Events."""

    def __init__(self) -> None:
        self._recorded: list[DomainEvent] = []

    def record(self, event: DomainEvent) -> None:
        self._recorded.append(event)

    def take(self) -> list[DomainEvent]:
        """The events recorded since the last call."""
        taken, self._recorded = self._recorded, []
        return taken


class MemoryOutbox:
    """Implements application.kernel.units.Outbox. The entries go to `committed` when the unit of work commits."""

    def __init__(self, committed: list[OutboxEntry]) -> None:
        self._committed = committed
        self._appended: list[OutboxEntry] = []

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        self._appended += entries

    def commit(self) -> None:
        self._committed += self._appended
