"""Showing deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.delivery.ports import ChannelName, DeliveryFilter, DeliveryReader, DeliveryView
from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from domain.delivery.deliveries import DeliveryState


@dataclass(frozen=True, slots=True)
class ListDeliveries(Query[Page[DeliveryView]]):
    """Deliveries of events, newest first."""

    state: DeliveryState | None = None
    channel: ChannelName | None = None
    target_id: UUID | None = None
    event_id: UUID | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListDeliveries, allow=administrators)
async def list_deliveries(query: ListDeliveries, actor: Actor, deliveries: DeliveryReader) -> Page[DeliveryView]:
    """Administrators see which events were delivered to whom, and which could not be.

    Finished deliveries are shown for 30 days. What was sent, and what a receiver answered, is not kept.
    """
    where = DeliveryFilter(query.state, query.channel, query.target_id, query.event_id)
    return await deliveries.page(where, query.cursor, query.limit)
