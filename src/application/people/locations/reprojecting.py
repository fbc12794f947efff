"""Rebuilding what locations show from their histories."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.people.histories.reprojecting import BATCH, Difference, Reprojected
from application.people.locations.ports import LocationHistories, Locations
from domain.people.locations import PROFILE, LocationProfile


@dataclass(frozen=True, slots=True)
class ReprojectLocations(Command[Reprojected]):
    """Let the next locations, by id, show what their histories say of today. With `check` only say what differs."""

    after: UUID | None = None
    check: bool = False


@handles(ReprojectLocations, allow=the_system, internal=True)
async def reproject_locations(
    command: ReprojectLocations,
    actor: Actor,
    histories: LocationHistories,
    locations: Locations,
    ids: Ids,
    clock: Clock,
) -> Reprojected:
    """The service rebuilds what locations show. It differs only if something planned has begun since.

    It is the day at each location that counts.
    """
    now = clock.now()
    found = await histories.after(command.after, BATCH, ids.new)
    differences = list[Difference]()
    for each in found:
        location_id = each.history.location_id
        differing = _differences(location_id, each.shown, each.history.at(now))
        if differing and not command.check:
            # Read again, now that nobody else changes it.
            history = await histories.of(location_id, ids.new)
            (await locations.get(location_id)).edit(history.at(now), now)
        differences += differing
    return Reprojected(len(found), differences, found[-1].history.location_id if len(found) == BATCH else None)


def _differences(location_id: UUID, shown: LocationProfile, told: LocationProfile) -> list[Difference]:
    pairs = ((name, getattr(shown, name), getattr(told, name)) for name in PROFILE)
    return [Difference(location_id, name, before, after) for name, before, after in pairs if before != after]
