"""What the use cases of locations need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from application.people.meanings.ports import Meanings
from domain.people.facts import NewId
from domain.people.location_histories import LocationHistory
from domain.people.location_names import MeantLocation
from domain.people.locations import Location, LocationProfile


class Locations(Protocol):
    """The locations as they are today. Changing the code of one to that of another raises LocationCodeTaken, at commit.

    What they are like on other days is in their histories.
    """

    async def get(self, location_id: UUID) -> Location:
        """Raises LocationNotFound. What is changed is kept at commit."""

    async def add(self, location: Location) -> None:
        """Raises LocationCodeTaken, here or at commit."""


@dataclass(frozen=True, slots=True)
class ShownLocation:
    """The history of a location, and what the location shows, which may differ."""

    history: LocationHistory
    shown: LocationProfile


class LocationHistories(Protocol):
    """The versions of the facts about locations, to which new ones are added."""

    async def of(self, location_id: UUID, new_id: NewId, *, alone: bool = True) -> LocationHistory:
        """The history of the location; `alone` if no other unit of work may change it until this one ends.

        Raises LocationNotFound.
        """

    async def after(self, location_id: UUID | None, limit: int, new_id: NewId) -> list[ShownLocation]:
        """Those of the next locations by id, None for the first ones."""

    async def keep(self, history: LocationHistory) -> None:
        """Add the versions that were written, all recorded at one moment, which is later than those already committed.

        Raises FactChanged if something was superseded meanwhile, at the latest at commit; locks prevent it.
        """


class LocationNames(Meanings[UUID], Protocol):
    """Which locations texts mean, by their ids."""

    async def place(self, text: str | None) -> MeantLocation | None:
        """The location that the text means, like `meant`."""

    async def places(self, texts: Collection[str]) -> dict[str, MeantLocation]:
        """The locations that those of these texts mean that mean one, like `known`."""
