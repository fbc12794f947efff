"""What the use cases of compliance need of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.compliance.audience import Audience
from domain.compliance.audience_facts import PersonOnDay


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """Somebody whom a rule concerns, and the position by which it does; None for somebody who has no position."""

    user_id: UUID
    position_id: UUID | None


class Audiences(Protocol):
    """Whom rules concern on a day, from the history of positions and employment as it is known now.

    Users who were merged into others are none. A location's city and state, and the metadata of profiles, are the
    present ones, whatever the day.
    """

    async def members(self, audience: Audience, as_of: date) -> list[Member]:
        """Everybody under the rule on this day, as `Audience.covers` defines it, by user.

        The positions of each come as `PersonOnDay.held` has them.
        """

    async def person(self, user_id: UUID, as_of: date) -> PersonOnDay | None:
        """What rules ask of this person on this day; None if there is no such person."""
