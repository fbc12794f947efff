"""Adding and editing locations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset, changed_by
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.people.locations.names import record_own_names
from application.people.locations.ports import LocationNames, Locations
from application.people.locations.queries import LocationView
from application.people.ports import Users
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.states import State
from domain.kernel.time_zones import TimeZoneName
from domain.kernel.values import PlausibleDay, ShortName
from domain.people.location_names import LocationNameTaken, own_names
from domain.people.locations import (
    Location,
    LocationCode,
    LocationCodeTaken,
    LocationNotFound,
    PostalCode,
    StreetAddress,
)
from domain.people.user_errors import UserInactive, UserIsMerged, UserNotFound


@dataclass(frozen=True, slots=True)
class AddLocation(Command[LocationView]):
    """Add a location. `opened_on` and `closed_on` are the first and the last day on which it is open."""

    code: LocationCode
    name: ShortName
    city: ShortName
    state: State
    time_zone: TimeZoneName
    address: StreetAddress | None = None
    postal_code: PostalCode | None = None
    opened_on: PlausibleDay | None = None
    closed_on: PlausibleDay | None = None
    responsible_id: UUID | None = None


@handles(
    AddLocation,
    allow=administrators,
    raises=(LocationCodeTaken, LocationNameTaken, UserNotFound, UserIsMerged, UserInactive),
)
async def add_location(
    command: AddLocation,
    actor: Actor,
    locations: Locations,
    names: LocationNames,
    users: Users,
    events: Events,
    ids: Ids,
    clock: Clock,
) -> LocationView:
    """Administrators add a location. The responsible person must be an active user.

    People whose text is its code or its name work there at once.
    """
    await _require_active(command.responsible_id, users)
    location = Location.add(
        ids.new(),
        code=command.code,
        name=command.name,
        address=command.address,
        city=command.city,
        state=command.state,
        postal_code=command.postal_code,
        time_zone=command.time_zone,
        opened_on=command.opened_on,
        closed_on=command.closed_on,
        responsible_id=command.responsible_id,
        now=clock.now(),
    )
    await locations.add(location)
    await record_own_names(location, actor, names, events, ids)
    return LocationView.of(location)


@dataclass(frozen=True, slots=True)
class EditLocation(Command[LocationView]):
    """Change the given fields of a location."""

    location_id: UUID
    expected_versions: ExpectedVersions = None
    code: LocationCode | Unset = UNSET
    name: ShortName | Unset = UNSET
    address: StreetAddress | Unset | None = UNSET
    city: ShortName | Unset = UNSET
    state: State | Unset = UNSET
    postal_code: PostalCode | Unset | None = UNSET
    time_zone: TimeZoneName | Unset = UNSET
    opened_on: PlausibleDay | Unset | None = UNSET
    closed_on: PlausibleDay | Unset | None = UNSET
    responsible_id: UUID | Unset | None = UNSET


@handles(
    EditLocation,
    allow=administrators,
    raises=(LocationNotFound, LocationCodeTaken, LocationNameTaken, UserNotFound, UserIsMerged, UserInactive),
)
async def edit_location(
    command: EditLocation,
    actor: Actor,
    locations: Locations,
    names: LocationNames,
    users: Users,
    events: Events,
    ids: Ids,
    clock: Clock,
) -> LocationView:
    """Administrators change a location, or close it on a day. A new responsible person must be an active user.

    An earlier code or name goes on meaning the location, until it is mapped to another one. What was recorded before
    keeps the days and texts that it has.
    """
    location = await locations.get(command.location_id)
    location.require_version(command.expected_versions)
    changes = changed_by(command, location)
    if changes["responsible_id"] != location.responsible_id:
        await _require_active(changes["responsible_id"], users)
    before = own_names(location)
    location.edit(**changes, now=clock.now())
    if own_names(location) != before:
        await record_own_names(location, actor, names, events, ids)
    return LocationView.of(location)


async def _require_active(user_id: UUID | None, users: Users) -> None:
    """Raises UserNotFound, UserIsMerged and UserInactive."""
    if user_id is not None and not (await users.get(user_id)).is_active:
        raise UserInactive
