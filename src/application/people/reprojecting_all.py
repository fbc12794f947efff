"""Letting everybody and every location show what their histories say of today."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.schedule import scheduled
from application.people.histories.reprojecting import ReprojectUsers
from application.people.locations.reprojecting import ReprojectLocations
from domain.kernel.schedules import Due, Every

log = logging.getLogger("unified_dental.histories")


@scheduled("reproject-histories", Every(timedelta(hours=1)), longest=timedelta(minutes=30))
async def reproject_every_hour(due: Due, actor: Actor, bus: Bus) -> None:
    """What was planned for a day takes effect when the day has begun at the place concerned: locations first."""
    for kind in (ReprojectLocations, ReprojectUsers):
        after: UUID | None = None
        differed = 0
        while True:
            done = await bus.execute(kind(after), actor)
            differed += len(done.differences)
            if (after := done.next) is None:
                break
        if differed:
            log.info("%s fields=%d", kind.__name__, differed)
