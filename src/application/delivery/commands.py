"""Sending again what could not be delivered."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.delivery.ports import ChannelName, Deliveries, DeliveryNotFound, DeliveryWaiting
from application.kernel.access import Actor, administrators, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from domain.delivery.delivery_events import DeliveriesReplayed

AT_ONCE = 500
"""How many dead deliveries are sent again in one unit of work."""


@dataclass(frozen=True, slots=True)
class ReplayDelivery(Command[None]):
    """Send a finished delivery again."""

    delivery_id: UUID


@handles(ReplayDelivery, allow=administrators, raises=(DeliveryNotFound, DeliveryWaiting))
async def replay_delivery(
    command: ReplayDelivery, actor: Actor, deliveries: Deliveries, events: Events, clock: Clock
) -> None:
    """Administrators have a finished delivery sent again, which may have reached its receiver or not.

    It has the same event, by whose id the receiver detects a repetition, and all attempts before it. It may arrive
    after later events of the same person.
    """
    await deliveries.replay(command.delivery_id, clock.now())
    events.record(DeliveriesReplayed(command.delivery_id, (command.delivery_id,)))


@dataclass(frozen=True, slots=True)
class ReplayDead(Command[int]):
    """Send dead deliveries of a channel or target again, the oldest events first; the result is how many, 0 for none.

    One command takes at most 500.
    """

    channel: ChannelName | None = None
    target_id: UUID | None = None


@handles(ReplayDead, allow=the_system, internal=True)
async def replay_dead(
    command: ReplayDead, actor: Actor, deliveries: Deliveries, events: Events, ids: Ids, clock: Clock
) -> int:
    """Operators have dead deliveries sent again, such as after a receiver was repaired."""
    replayed = await deliveries.replay_dead(command.channel, command.target_id, clock.now(), AT_ONCE)
    if replayed:
        events.record(DeliveriesReplayed(ids.new(), tuple(replayed)))
    return len(replayed)
