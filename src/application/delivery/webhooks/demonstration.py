"""What the demonstration needs in order to show that deliveries can be replayed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.delivery.ports import Deliveries, EventLog
from application.delivery.webhooks.ports import CHANNEL
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from domain.delivery.deliveries import Wanted
from domain.delivery.events import BEGINNING

EARLIEST = 200
"""The events of which one is taken."""


@dataclass(frozen=True, slots=True)
class MissEvent(Command[UUID | None]):
    """Note an event as one that the target, such as a webhook, has missed: the id of the delivery.

    None if it has all of the earliest events.
    """

    target_id: UUID


@handles(MissEvent, allow=the_system, internal=True)
async def miss_event(
    command: MissEvent, actor: Actor, events: EventLog, deliveries: Deliveries, clock: Clock
) -> UUID | None:
    """The demonstration has a delivery that did not arrive, to be sent again. Nothing is sent."""
    for event in await events.after(BEGINNING, EARLIEST):
        wanted = Wanted(command.target_id, event)
        if await deliveries.plan(CHANNEL, [wanted], clock.now()):
            await deliveries.drop(CHANNEL, command.target_id, "demonstration", clock.now())
            return wanted.delivery_id(CHANNEL)
    return None
