"""What the use cases of locations need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from application.people.meanings.ports import Meanings
from domain.people.location_names import MeantLocation
from domain.people.locations import Location


class Locations(Protocol):
    """The locations. Changing the code of one to that of another raises LocationCodeTaken, at commit."""

    async def get(self, location_id: UUID) -> Location:
        """Raises LocationNotFound. What is changed is kept at commit."""

    async def add(self, location: Location) -> None:
        """Raises LocationCodeTaken, here or at commit."""


class LocationNames(Meanings[UUID], Protocol):
    """Which locations texts mean, by their ids."""

    async def place(self, text: str | None) -> MeantLocation | None:
        """The location that the text means, like `meant`."""

    async def places(self, texts: Collection[str]) -> dict[str, MeantLocation]:
        """The locations that those of these texts mean that mean one, like `known`."""
