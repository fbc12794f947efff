"""Recording what is known of locations. A location goes on showing what its history says of today."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from application.people.histories.reactions import origin_of
from application.people.locations.names import record_own_names
from application.people.locations.ports import LocationHistories, LocationNames, Locations
from application.people.locations.queries import LocationView
from application.people.ports import Users
from domain.people.location_histories import LocationHistory
from domain.people.location_names import own_names
from domain.people.locations import Location, LocationProfile
from domain.people.user_errors import UserInactive


@dataclass(frozen=True, slots=True)
class LocationRecorder(PortSet):
    """Adds to the histories of locations."""

    locations: Locations
    histories: LocationHistories
    names: LocationNames
    users: Users
    events: Events
    ids: Ids
    clock: Clock

    async def require_active(self, user_id: UUID | None) -> None:
        """Raises UserNotFound, UserIsMerged and UserInactive, for the person who is responsible for a location."""
        if user_id is not None and not (await self.users.get(user_id)).is_active:
            raise UserInactive

    async def begin(self, profile: LocationProfile, actor: Actor) -> LocationView:
        """A new location. Raises LocationCodeTaken and LocationNameTaken."""
        location = Location.add(self.ids.new(), profile, self.clock.now())
        history = LocationHistory(location.id, (), self.ids.new)
        history.begin(profile, origin_of(actor))
        await self.locations.add(location)
        return await self._kept(location, history, actor)

    async def of(self, location_id: UUID) -> tuple[Location, LocationHistory]:
        """The location and its history, which nobody else changes meanwhile. Raises LocationNotFound."""
        history = await self.histories.of(location_id, self.ids.new)
        return await self.locations.get(location_id), history

    async def keep(self, location: Location, history: LocationHistory, actor: Actor) -> LocationView:
        """Keep what was written, if anything, and let the location show it, and what was planned and has begun since.

        Raises LocationCodeTaken and LocationNameTaken.
        """
        now = self.clock.now()
        present = history.at(now)
        if history.written or location.profile != present:
            location.edit(present, now)
        return await self._kept(location, history, actor)

    async def _kept(self, location: Location, history: LocationHistory, actor: Actor) -> LocationView:
        if history.written:
            await self.histories.keep(history)
        now = self.clock.now()
        places = history.lasting(now)
        if own_names(places).keys() - own_names(history.lasting_before(now)).keys():
            await record_own_names(location.id, places, actor, self.names, self.events, self.ids)
        return LocationView.of(location)
