"""Deliveries for tests that are about something else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from application.delivery.ports import Deliveries, EventLog
from application.kernel.units import Unit, Units
from domain.delivery.deliveries import DeliveryState, Settled, Wanted
from domain.delivery.events import BEGINNING, StoredEvent

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CHANNEL = "webhooks"
TARGET = UUID(int=77)


async def a_dead_delivery(units: Units, events: EventLog, target: UUID = TARGET) -> UUID:
    """The id of a delivery of the store's first event to this target that was given up."""
    (event,) = (await stored(events, 1))[:1]

    async def work(unit: Unit) -> UUID:
        deliveries = unit.port(Deliveries)
        await deliveries.plan(CHANNEL, [Wanted(target, event)], LONG_AGO)
        (claim,) = await deliveries.claim(CHANNEL, LONG_AGO, timedelta(seconds=1), 1)
        await deliveries.settle(claim, Settled(DeliveryState.DEAD, 1, None, "answered 500"), LONG_AGO)
        return claim.id

    return await units.run(work)


async def stored(events: EventLog, number: int) -> list[StoredEvent]:
    """All stored events, once there are so many: another transaction on the server may hold them back for a moment."""
    async with asyncio.timeout(30):
        while len(found := await events.after(BEGINNING, 1_000)) < number:  # noqa: ASYNC110  # nobody tells when
            await asyncio.sleep(0)
        return found
