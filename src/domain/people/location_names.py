"""Names of locations: which location a text means, such as the one in an HR system's column.

A text is never guessed: it means a location if it is the code or the name of one, now or earlier, or if an
administrator has said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.days import LocalDays
from domain.kernel.errors import Conflict, InvalidValue
from domain.people.locations import LocationCodeTaken, LocationProfile, closed_before
from domain.people.meanings import Meaning, text_key
from domain.people.user_events import UsersEvent


class LocationNameTaken(Conflict):
    """A text would mean two locations."""

    slug = "location-name-taken"
    title = "The text means another location"
    sentence = "This code, name or text means another location. Choose another one, or map the text differently first."


@dataclass(frozen=True, slots=True)
class LocationNamed(DomainEvent):
    """It was recorded which location a text means, or that it means none any longer."""

    name_id: UUID
    """The row that has the text and the location."""

    @property
    def subject_id(self) -> UUID:
        return self.name_id


@dataclass(frozen=True, slots=True)
class LocationsFollowed(UsersEvent):
    """The locations of these people have changed because a text means another location; the batch is the location, or
    the row of the text.
    """


@dataclass(frozen=True, slots=True)
class MeantLocation:
    """The location that a text means, as far as it matters to somebody who is to work there."""

    id: UUID
    name: str
    time_zone: str
    closed_on: date | None

    def is_closed(self, now: datetime) -> bool:
        """Whether its last day has passed, by its own clocks."""
        return closed_before(self.closed_on, LocalDays(self.time_zone).day_of(now))

    def require_open(self, now: datetime) -> None:
        """Raises InvalidValue, which names the field `location`, after its last day by its own clocks."""
        if self.is_closed(now):
            raise InvalidValue(
                f"means {self.name}, which closed on {self.closed_on}. Name an open location, or correct its last day",
                "location",
            )


def own_names(places: Iterable[LocationProfile]) -> dict[str, str]:
    """The codes and the names of a location, by the form in which texts are compared."""
    return {text_key(text): text for place in places for text in (place.code, place.name)}


def names_to_record(
    location_id: UUID, places: Sequence[LocationProfile], known: Mapping[str, Meaning[UUID]]
) -> list[str]:
    """Those of its codes and names that do not mean the location yet. `known` has the present meanings by their keys.

    Raises LocationCodeTaken or LocationNameTaken if one of them means another location.
    """
    missing, codes = [], {text_key(place.code) for place in places}
    for key, text in own_names(places).items():
        meant = known[key].target if key in known else None
        if meant is None:
            missing.append(text)
        elif meant != location_id:
            raise LocationCodeTaken if key in codes else LocationNameTaken
    return missing
