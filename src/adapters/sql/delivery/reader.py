"""Showing deliveries, one statement a call."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, Uuid, bindparam, func, select

from adapters.registry import serves
from adapters.sql.delivery.tables import DELIVERIES, IS_DEAD, RUNS, WAITS, deliveries
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from application.delivery.ports import ChannelCount, DeliveryFilter, DeliveryReader, DeliveryView, LastRun
from application.kernel.messages import Cursor, Page

LISTED = Listing(DeliveryView, lambda last: Cursor(last.created_at, last.id))
NEWEST_FIRST = Order(DELIVERIES.created_at, DELIVERIES.id)
COUNTS = (
    select(
        DELIVERIES.channel,
        func.count().filter(WAITS),
        func.count().filter(IS_DEAD),
        func.min(DELIVERIES.next_attempt_at).filter(WAITS),
    )
    .where(WAITS | IS_DEAD)
    .group_by(DELIVERIES.channel)
    .order_by(DELIVERIES.channel)
)
LAST_RUN = select(func.max(RUNS.finished_at))
_FILTERS = {
    "state": DELIVERIES.state == bindparam("state", type_=DELIVERIES.state.type),
    "channel": DELIVERIES.channel == bindparam("channel", type_=String()),
    "target_id": DELIVERIES.target_id == bindparam("target_id", type_=Uuid()),
    "event_id": DELIVERIES.event_id == bindparam("event_id", type_=Uuid()),
}


@lru_cache(MOST_STATEMENTS)
def _page(after: bool, filters: tuple[str, ...]) -> Select[Any]:
    columns = columns_of(DeliveryView, deliveries, event_name=outbox.c.name, learner_id=outbox.c.learner_id)
    some = select(*columns).join(outbox, outbox.c.id == DELIVERIES.event_id)
    return listed(some.where(*(_FILTERS[name] for name in filters)), NEWEST_FIRST, after=after)


@serves(DeliveryReader)
class SqlDeliveryReader:
    """Implements application.delivery.ports.DeliveryReader."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, where: DeliveryFilter, after: Cursor | None, limit: int) -> Page[DeliveryView]:
        filters = given(state=where.state, channel=where.channel, target_id=where.target_id, event_id=where.event_id)
        statement = _page(after is not None, tuple(filters))
        return await LISTED.page(self._reads, statement, after, limit, **filters) or Page([], None)

    async def counts(self) -> list[ChannelCount]:
        return [ChannelCount(*row) for row in await self._reads.rows(COUNTS)]

    async def last_run(self) -> LastRun:
        return LastRun(*(await self._reads.rows(LAST_RUN))[0])
