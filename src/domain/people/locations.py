"""Locations: the offices in which people work. Rules bind by their state and city, days by their time zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
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
    sentence = "Another location has this code, or had it. Case and accents do not make it another code."


class Location(Aggregate):
    """An office. Never deleted: it is closed on a day, and stays in the history of those who worked there.

    `opened_on` and `closed_on` are the first and the last day on which it is open, both included; None where unknown
    or not planned. `responsible_id` is the user to whom questions about the location go.
    """

    code: LocationCode
    name: ShortName
    address: StreetAddress | None
    city: ShortName
    state: State
    postal_code: PostalCode | None
    time_zone: TimeZoneName
    opened_on: PlausibleDay | None
    closed_on: PlausibleDay | None

    def __init__(
        self,
        id: UUID,
        *,
        code: str,
        name: str,
        city: str,
        state: State,
        time_zone: str,
        now: datetime,
        address: str | None = None,
        postal_code: str | None = None,
        opened_on: date | None = None,
        closed_on: date | None = None,
        responsible_id: UUID | None = None,
    ) -> None:
        self.id = id
        self.code = code
        self.name = name
        self.address = address
        self.city = city
        self.state = state
        self.postal_code = postal_code
        self.time_zone = time_zone
        self.opened_on = opened_on
        self.closed_on = closed_on
        self.responsible_id = responsible_id
        self.version = 1
        self.created_at = now
        self.updated_at = now
        self._require_sense()

    @classmethod
    def add(cls, id: UUID, **facts: Any) -> Self:
        """A new location, of the same arguments as the class. Raises InvalidValue."""
        location = cls(id, **facts)
        location._happened(LocationAdded(id))
        return location

    def edit(
        self,
        *,
        code: str,
        name: str,
        address: str | None,
        city: str,
        state: State,
        postal_code: str | None,
        time_zone: str,
        opened_on: date | None,
        closed_on: date | None,
        responsible_id: UUID | None,
        now: datetime,
    ) -> None:
        """Replace what is kept of the location. Nothing happens if it stays the same. Raises InvalidValue."""
        before = self._facts()
        self.code, self.name, self.address = code, name, address
        self.city, self.state, self.postal_code, self.time_zone = city, state, postal_code, time_zone
        self.opened_on, self.closed_on, self.responsible_id = opened_on, closed_on, responsible_id
        self._require_sense()
        if self._facts() != before:
            self._changed(now, LocationEdited(self.id))

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

    def _facts(self) -> tuple[object, ...]:
        return (
            *(self.code, self.name, self.address, self.city, self.state, self.postal_code, self.time_zone),
            *(self.opened_on, self.closed_on, self.responsible_id),
        )

    def _require_sense(self) -> None:
        enforce(self)
        if self.opened_on is not None and self.closed_on is not None and self.closed_on < self.opened_on:
            raise InvalidValue(f"must not be before {self.opened_on}, the day on which it opened", "closed_on")


def closed_before(closed_on: date | None, day: date) -> bool:
    """Whether a location with this last day, if it has one, is closed on the day: the last day is still open."""
    return closed_on is not None and closed_on < day
