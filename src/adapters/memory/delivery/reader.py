"""Showing deliveries, in memory."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from adapters.memory.delivery.deliveries import DELIVERIES, Row
from adapters.memory.delivery.job_runs import RUNS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.kit.tables import newest_first
from adapters.registry import serves
from application.delivery.ports import ChannelCount, DeliveryFilter, DeliveryReader, DeliveryView, LastRun
from application.kernel.messages import Cursor, Page
from domain.delivery.deliveries import DeliveryState


@serves(DeliveryReader)
class MemoryDeliveryReader:
    """Implements application.delivery.ports.DeliveryReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._rows = store.table(DELIVERIES)
        self._runs = store.table(RUNS)

    async def page(self, where: DeliveryFilter, after: Cursor | None, limit: int) -> Page[DeliveryView]:
        found = (
            row
            for row in self._rows.rows()
            if where.state in (None, row.state)
            and where.channel in (None, row.channel)
            and where.target_id in (None, row.target_id)
            and where.event_id in (None, row.event.id)
        )
        return newest_first(found, lambda row: (row.created_at, row.id), _view, after=after, limit=limit)

    async def counts(self) -> list[ChannelCount]:
        waiting = Counter(row.channel for row in self._rows.rows() if row.waits)
        dead = Counter(row.channel for row in self._rows.rows() if row.state is DeliveryState.DEAD)
        oldest: dict[str, datetime] = {}
        for row in self._rows.rows():
            if row.waits and (due := row.next_attempt_at) is not None:
                oldest[row.channel] = min(due, oldest.get(row.channel, due))
        return [ChannelCount(name, waiting[name], dead[name], oldest.get(name)) for name in sorted(waiting | dead)]

    async def last_run(self) -> LastRun:
        return LastRun(max((run.finished_at for run in self._runs.rows() if run.finished_at is not None), default=None))


def _view(row: Row) -> DeliveryView:
    return DeliveryView(
        row.id,
        row.channel,
        row.target_id,
        row.event.id,
        row.event.name,
        row.event.learner_id,
        row.state,
        row.attempts,
        row.next_attempt_at,
        row.last_error,
        row.created_at,
        row.finished_at,
    )
