"""The days of people: where they work it is another day than at the organization."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.kernel.ports import Calendar
from application.kernel.wiring import PortSet
from application.people.ports import Staff
from domain.kernel.days import LocalDays


@dataclass(frozen=True, slots=True)
class PersonalDays(PortSet):
    """The days where somebody works."""

    staff: Staff
    calendar: Calendar

    async def of(self, user_id: UUID) -> LocalDays:
        """Those of the person's location; the organization's if it is not known."""
        return self.calendar.at((await self.staff.time_zones([user_id])).get(user_id))
