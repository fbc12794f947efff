"""Events of locations. None holds a name or an address."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.aggregate import DomainEvent


@dataclass(frozen=True, slots=True)
class LocationEvent(DomainEvent):
    """Something that happened to a location."""

    location_id: UUID
    """The location."""

    @property
    def subject_id(self) -> UUID:
        return self.location_id


@dataclass(frozen=True, slots=True)
class LocationAdded(LocationEvent):
    """A location was added."""


@dataclass(frozen=True, slots=True)
class LocationEdited(LocationEvent):
    """What is known of a location has changed, for today, for earlier days or for planned ones.

    Also when it is closed or opened again, and when something planned has begun.
    """
