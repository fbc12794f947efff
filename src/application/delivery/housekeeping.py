"""Removing what has been delivered: a job of every night, in batches, so that nothing waits for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import time, timedelta

from application.delivery.channels import discover_channels
from application.delivery.ports import Deliveries, JobRuns
from application.kernel.access import Actor
from application.kernel.ports import Clock
from application.kernel.schedule import scheduled
from application.kernel.units import Unit, Units
from domain.kernel.aggregate import EVENTS_STAY
from domain.kernel.schedules import Daily, Due

log = logging.getLogger("unified_dental.delivery")

FINISHED_STAY = timedelta(days=30)
"""How long finished deliveries and runs of jobs are shown."""
BATCH = 1_000


@scheduled("remove-delivered", Daily(time(3, 10)), longest=timedelta(hours=1))
async def remove_delivered(due: Due, actor: Actor, units: Units, clock: Clock) -> None:
    """Deliveries and runs of jobs that were finished 30 days ago are removed, then events of 90 days ago which every
    channel has read and of which no delivery is kept. Neither is a fact that somebody decided on, so no event says so.
    """
    now, channels = clock.now(), tuple(discover_channels())
    deliveries = await _all(units, lambda unit: unit.port(Deliveries).forget(now - FINISHED_STAY, BATCH))
    runs = await _all(units, lambda unit: unit.port(JobRuns).forget(now - FINISHED_STAY, BATCH))
    events = await _all(units, lambda unit: unit.port(Deliveries).forget_events(now - EVENTS_STAY, channels, BATCH))
    log.info("removed deliveries=%d runs=%d events=%d", deliveries, runs, events)


async def _all(units: Units, remove: Callable[[Unit], Awaitable[int]]) -> int:
    """Remove batches, each in a unit of work of its own, until there is no full one; how many rows."""
    removed = 0
    while count := await units.run(remove):
        removed += count
        if count < BATCH:
            break
    return removed
