"""Adding and editing locations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset
from application.people.histories.reactions import origin_of
from application.people.locations.queries import LocationView
from application.people.locations.recording import LocationRecorder
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from domain.kernel.time_zones import TimeZoneName
from domain.kernel.values import PlausibleDay, ShortName
from domain.people.facts import Reason
from domain.people.location_names import LocationNameTaken
from domain.people.locations import (
    PROFILE,
    LocationCode,
    LocationCodeTaken,
    LocationNotFound,
    LocationProfile,
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
async def add_location(command: AddLocation, actor: Actor, recorder: LocationRecorder) -> LocationView:
    """Administrators add a location. The responsible person must be an active user.

    People whose text is its code or its name work there at once. What is said of the location counts for all days
    before too, until something else is said of them.
    """
    await recorder.require_active(command.responsible_id)
    return await recorder.begin(LocationProfile(**{name: getattr(command, name) for name in PROFILE}), actor)


@dataclass(frozen=True, slots=True)
class EditLocation(Command[LocationView]):
    """Change the given fields of a location from a day on, by default from today at the location."""

    location_id: UUID
    expected_versions: ExpectedVersions = None
    from_day: PlausibleDay | None = None
    reason: Reason | None = None
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

    @property
    def changes(self) -> dict[str, Any]:
        """The given fields of the profile, by name."""
        return {name: value for name in PROFILE if (value := getattr(self, name)) is not UNSET}

    def require_sense(self) -> None:
        if not self.changes and (self.from_day or self.reason):
            field = "from_day" if self.from_day else "reason"
            raise InvalidValue("is given without a change: name at least one field of the location as well", field)


@handles(
    EditLocation,
    allow=administrators,
    raises=(LocationNotFound, LocationCodeTaken, LocationNameTaken, UserNotFound, UserIsMerged, UserInactive),
)
async def edit_location(command: EditLocation, actor: Actor, recorder: LocationRecorder) -> LocationView:
    """Administrators change a location, or close it on a day. A new responsible person must be an active user.

    With `from_day` the given fields hold from that day on. In the past this corrects what was known of all days from
    then until today, and needs a `reason`; in the future it is planned, and the location is shown as it is until then.
    A value that was planned for later still begins on its day; the same value as before takes a plan back.

    An earlier code or name goes on meaning the location, until it is mapped to another one. What was recorded before
    keeps the days and texts that it has.
    """
    changes = command.changes
    location, history = await recorder.of(command.location_id)
    location.require_version(command.expected_versions)
    if changes.get("responsible_id") != location.responsible_id:
        await recorder.require_active(changes.get("responsible_id"))
    history.hold(changes, command.from_day, recorder.clock.now(), origin_of(actor, command.reason))
    return await recorder.keep(location, history, actor)
