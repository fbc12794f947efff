"""Stored events in their order, in memory."""

from __future__ import annotations

from uuid import UUID

import msgspec

from adapters.memory.delivery.deliveries import CURSORS
from adapters.memory.kit.outbox import OUTBOX, Positioned
from adapters.memory.kit.store import MemoryStore
from adapters.registry import serves
from application.delivery.ports import EventLog
from domain.delivery.events import BEGINNING, Place, StoredEvent


def stored(entry: Positioned) -> StoredEvent:
    """The event as a database stores it."""
    event = entry.event
    return StoredEvent(
        Place(0, entry.position),
        entry.id,
        type(event).__name__,
        event.schema_version,
        event.subject_id,
        event.learner_id,
        msgspec.to_builtins(event),
        entry.occurred_at,
        entry.actor.id,
        entry.actor.kind,
    )


@serves(EventLog)
class MemoryEventLog:
    """Implements application.delivery.ports.EventLog."""

    def __init__(self, store: MemoryStore) -> None:
        self._outbox = store.table(OUTBOX)
        self._cursors = store.table(CURSORS)

    async def after(self, place: Place, limit: int) -> list[StoredEvent]:
        found = sorted((each for each in self._outbox.rows() if Place(0, each.position) > place), key=_position)
        return [stored(each) for each in found[:limit]]

    async def get(self, event_id: UUID) -> StoredEvent | None:
        found = self._outbox.peek(event_id)
        return None if found is None else stored(found)

    async def read_up_to(self, channel: str) -> Place:
        return self._cursors.peek(channel) or BEGINNING


def _position(entry: Positioned) -> int:
    return entry.position
