"""Deliveries of the demonstration: one that was made, which the example sends again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.delivery.ports import Deliveries, EventLog
from application.kernel.units import Unit, Units
from domain.delivery.deliveries import DeliveryState, Settled, Wanted
from domain.delivery.events import BEGINNING
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example

CHANNEL = "demonstration"
"""Nobody delivers for it."""
TARGET = UUID(int=1)


async def delivery_examples(service: Service) -> dict[str, Example]:
    """An example for each operation that names a delivery."""
    events: EventLog = service.resolve(EventLog)
    units: Units = service.resolve(Units)
    (event,) = await events.after(BEGINNING, 1)
    wanted, now = Wanted(TARGET, event), service.clock.now()

    async def finish(unit: Unit) -> None:
        deliveries = unit.port(Deliveries)
        await deliveries.plan(CHANNEL, [wanted], now)
        for claim in await deliveries.claim(CHANNEL, now, timedelta(seconds=1), 10):
            await deliveries.settle(claim, Settled(DeliveryState.DELIVERED, 1, None, None), now)

    await units.run(finish)
    return {"replay_delivery": Example({"delivery_id": str(wanted.delivery_id(CHANNEL))})}
