"""Offices in time zones, and people who work there."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from adapters.system import TimeOrderedIds
from application.kernel.units import Unit, Units
from application.people.locations.ports import LocationHistories, Locations
from application.people.ports import Users
from domain.kernel.states import State
from domain.people.facts import FactSource, Origin
from domain.people.location_histories import LocationHistory
from domain.people.locations import Location, LocationProfile
from kit.examples import NOW


class Backend(Protocol):
    """Anything with units of work."""

    @property
    def units(self) -> Units:
        """Opens units of work."""


def a_location(location_id: UUID, zone: str) -> Location:
    """An office in this time zone."""
    name = f"Office {location_id.int}"
    return Location(location_id, LocationProfile(name, name, "Springfield", State.TEXAS, zone), NOW)


async def open_office(backend: Backend, location: Location) -> None:
    """Have the office, which has always been like this."""

    async def work(unit: Unit) -> None:
        history = LocationHistory(location.id, (), TimeOrderedIds().new)
        history.begin(location.profile, Origin(FactSource.SYSTEM))
        await unit.port(Locations).add(location)
        await unit.port(LocationHistories).keep(history)

    await backend.units.run(work)


async def move(backend: Backend, user_id: UUID, location_id: UUID | None) -> None:
    """Have the user work at this location, or at none that is known."""

    async def work(unit: Unit) -> None:
        (await unit.port(Users).get(user_id)).location_id = location_id

    await backend.units.run(work)
