"""Locations: the offices in which people work. Rules bind by their state and city, days by their time zone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from domain.kernel.aggregate import Aggregate
from domain.kernel.days import LocalDays
from domain.kernel.errors import Conflict, InvalidValue, NotFound
from domain.kernel.states import State
from domain.kernel.time_zones import TimeZoneName
from domain.kernel.values import PlausibleDay, ShortName, Text, enforce
from domain.people.location_events import LocationAdded, LocationEdited

LocationCode = Annotated[str, Text(40)]
StreetAddress = Annotated[str, Text(200)]
PostalCode = Annotated[
    str, Text(10, pattern=r"[0-9]{5}(-[0-9]{4})?", hint="must be a ZIP code such as 78701 or 78701-1234")
]


class LocationNotFound(NotFound):
    slug = "location-not-found"
    title = "No such location"
    sentence = "There is no location with this id."


class LocationCodeTaken(Conflict):
    slug = "location-code-taken"
    title = "The code is taken"
    sentence = "Another location has this code, had it, or is to have it. Case and accents do not make it another code."


@dataclass(frozen=True, slots=True)
class LocationProfile:
    """What a location is like, as far as it can change.

    `opened_on` and `closed_on` are the first and the last day on which it is open, both included; None where unknown
    or not planned. `responsible_id` is the user to whom questions about the location go.
    """

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

    def __post_init__(self) -> None:
        enforce(self)
        if self.opened_on is not None and self.closed_on is not None and self.closed_on < self.opened_on:
            raise InvalidValue(f"must not be before {self.opened_on}, the day on which it opened", "closed_on")


PROFILE = tuple(field.name for field in fields(LocationProfile))
"""The names of all that can change."""


class Location(Aggregate):
    """An office, as it is today. Never deleted: it is closed on a day, and stays in the history of those who worked
    there. What it was like on other days is in its own history.
    """

    code: str
    name: str
    city: str
    state: State
    time_zone: str
    address: str | None
    postal_code: str | None
    opened_on: date | None
    closed_on: date | None
    responsible_id: UUID | None

    def __init__(self, id: UUID, profile: LocationProfile, now: datetime) -> None:
        self.id = id
        self._show(profile)
        self.version = 1
        self.created_at = now
        self.updated_at = now

    @classmethod
    def add(cls, id: UUID, profile: LocationProfile, now: datetime) -> Self:
        """A new location."""
        location = cls(id, profile, now)
        location._happened(LocationAdded(id))
        return location

    def edit(self, profile: LocationProfile, now: datetime) -> None:
        """Something else is known of it, of today, earlier or later; this is what it is like today."""
        self._show(profile)
        self._changed(now, LocationEdited(self.id))

    @property
    def profile(self) -> LocationProfile:
        """What it is like today."""
        return LocationProfile(**{name: getattr(self, name) for name in PROFILE})

    @property
    def searched(self) -> tuple[str | None, ...]:
        """The texts in which a location is searched."""
        return (self.code, self.name, self.city, self.address)

    def is_closed_on(self, day: date) -> bool:
        """Whether it has been closed before this day; nobody new is to work there then."""
        return closed_before(self.closed_on, day)

    def day_of(self, moment: datetime) -> date:
        """The day that it is at the location at this moment."""
        return LocalDays(self.time_zone).day_of(moment)

    def _show(self, profile: LocationProfile) -> None:
        for name in PROFILE:
            setattr(self, name, getattr(profile, name))


def closed_before(closed_on: date | None, day: date) -> bool:
    """Whether a location with this last day, if it has one, is closed on the day: the last day is still open."""
    return closed_on is not None and closed_on < day
