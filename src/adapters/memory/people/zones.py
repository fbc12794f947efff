"""The time zone of a person, in memory: that of the location where the person works."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.tables import Tables
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.tables import USERS


class Zones:
    """Where people are: as committed, or as a unit of work sees it."""

    def __init__(self, tables: Tables) -> None:
        self._users = tables(USERS)
        self._locations = tables(LOCATIONS)

    def of(self, user_id: UUID) -> str | None:
        """The time zone of the user; None if the location is not known, which stands for the organization's."""
        user = self._users.peek(user_id)
        place = None if user is None or user.location_id is None else self._locations.peek(user.location_id)
        return None if place is None else place.time_zone
