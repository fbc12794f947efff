"""Names of locations: which location a text means, such as the one in an HR system's column.

A text is never guessed: it means a location if it is the code or the name of one, now or earlier, or if an
administrator has said so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.days import LocalDays
from domain.kernel.errors import Conflict, InvalidValue
from domain.kernel.typography import folded
from domain.kernel.values import ShortName
from domain.people.locations import Location, LocationCodeTaken, closed_before
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
class LocationName:
    """From `recorded_at` on, the text means this location; None takes an earlier meaning back.

    A fact that is never changed: the newest one of a text counts, and for an earlier moment the newest one of then.
    """

    id: UUID
    text: ShortName
    location_id: UUID | None
    recorded_at: datetime
    recorded_by: UUID | None

    @property
    def text_key(self) -> str:
        """The form in which texts are compared."""
        return text_key(self.text)


@dataclass(frozen=True, slots=True)
class MeantLocation:
    """The location that a text means, as far as it matters to somebody who is to work there."""

    id: UUID
    name: str
    time_zone: str
    closed_on: date | None

    def require_open(self, now: datetime) -> None:
        """Raises InvalidValue, which names the field `location`, after its last day by its own clocks."""
        if closed_before(self.closed_on, LocalDays(self.time_zone).day_of(now)):
            raise InvalidValue(
                f"means {self.name}, which closed on {self.closed_on}. Name an open location, or correct its last day",
                "location",
            )


def text_key(text: str) -> str:
    """The form in which texts are compared: case, accents, typography and space at the ends do not count."""
    return folded(text)


def own_names(location: Location) -> dict[str, str]:
    """The code and the name of the location, by the form in which texts are compared."""
    return {text_key(text): text for text in (location.code, location.name)}


def names_to_record(location: Location, known: Mapping[str, LocationName]) -> list[str]:
    """Those of its own names that do not mean the location yet. `known` has the present meanings by their keys.

    Raises LocationCodeTaken or LocationNameTaken if one of them means another location.
    """
    missing = []
    for key, text in own_names(location).items():
        meant = known[key].location_id if key in known else None
        if meant is None:
            missing.append(text)
        elif meant != location.id:
            raise LocationCodeTaken if key == text_key(location.code) else LocationNameTaken
    return missing
