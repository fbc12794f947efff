"""What the use cases of locations need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from domain.people.location_names import LocationName, MeantLocation
from domain.people.locations import Location


class Locations(Protocol):
    """The locations. Changing the code of one to that of another raises LocationCodeTaken, at commit."""

    async def get(self, location_id: UUID) -> Location:
        """Raises LocationNotFound. What is changed is kept at commit."""

    async def add(self, location: Location) -> None:
        """Raises LocationCodeTaken, here or at commit."""


class LocationNames(Protocol):
    """Which locations texts mean, and with it where people work: `User.location_id` follows from `User.location`.

    A command that writes the text of one person asks `meant` and sets both. Every other way of writing people leaves
    events about them, to which `settle` is the reaction, so that none can be forgotten. What else follows from a text
    of a profile is to be kept in the same way.
    """

    async def meant(self, text: str | None) -> MeantLocation | None:
        """The location that the text means, None when it means none.

        No meaning changes until the unit of work ends.
        """

    async def settle(self, user_ids: Sequence[UUID]) -> None:
        """Give each of these people the location that their text means, in one statement.

        It takes none for people whom this unit has written one by one, without a text or after `meant`.
        """

    async def meanings(self, texts: Collection[str]) -> dict[str, LocationName]:
        """The present meaning of each of these texts that had one, by the key of the text.

        No other unit changes a meaning, or settles people, until this one ends.
        """

    async def record(self, name_id: UUID, text: str, location_id: UUID | None, recorded_by: UUID | None) -> None:
        """Keep what the text means from now on, by the clock of the store. Call `meanings` before."""

    async def follow(self, texts: Collection[str]) -> list[UUID]:
        """Give everybody with one of these texts the location that it means, in one statement; whom this changes, in
        order.
        """
