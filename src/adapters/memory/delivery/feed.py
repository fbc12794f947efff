"""The feed of events in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryStore
from adapters.registry import serves
from application.delivery.feed.queries import Extract, FedEvent, FeedReader, Newest
from application.kernel.units import OutboxEntry
from domain.delivery.events import Place


@serves(FeedReader)
class MemoryFeedReader:
    """Implements application.delivery.feed.queries.FeedReader. Units are serialized: the order is that of commits."""

    def __init__(self, store: MemoryStore) -> None:
        self._outbox = store.table(OUTBOX)

    async def read(self, after: Place, names: Sequence[str], limit: int) -> Extract:
        events = [_fed(position, entry) for position, entry in enumerate(self._outbox.rows(), 1)]
        chosen = [each for each in events if each.place > after and (not names or each.name in names)]
        return Extract(chosen[:limit], events[0].place if events else None, Place(0, len(events)))

    async def newest(self) -> Newest:
        return Newest(Place(0, len(self._outbox.by_key)))


def _fed(position: int, entry: OutboxEntry) -> FedEvent:
    return FedEvent(
        0,
        position,
        entry.id,
        type(entry.event).__name__,
        1,
        entry.occurred_at,
        entry.event.subject_id,
        None,
        entry.actor.id,
        entry.actor.kind,
        msgspec.to_builtins(entry.event),
    )
