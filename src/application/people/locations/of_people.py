"""What the locations of people were like in time, for rules that depend on where people work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.people.location_histories import LocationFact

Recorded = dict[UUID, list[LocationFact]]
"""All versions of the facts about some locations, each in the order of recording.

`location_on` tells what one was like on a day, of those in force or of those known at some moment.
"""


class LocationsOfPeople(Protocol):
    """The locations that texts of people's positions ever meant, as this unit of work has left them."""

    async def of(self, user_ids: Sequence[UUID]) -> Recorded:
        """Those of these people, in one statement, however many there are."""


class LocationsOfPeopleReader(Protocol):
    """The same for queries."""

    async def of(self, user_ids: Sequence[UUID]) -> Recorded:
        """Those of these people, in one statement, however many there are."""
