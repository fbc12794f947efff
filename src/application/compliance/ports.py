"""What the use cases of compliance need of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from application.kernel.lists import day_key
from domain.compliance.audience import Audience
from domain.compliance.audience_facts import PersonOnDay
from domain.compliance.obligations import ObligationState


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """Somebody whom a rule concerns, and the position by which it does; None for somebody who has no position."""

    user_id: UUID
    position_id: UUID | None


class Audiences(Protocol):
    """Whom rules concern on a day, from the history of positions and employment as it is known now.

    Users who were merged into others are none. A location's city and state, and the metadata of profiles, are the
    present ones on every day.
    """

    async def members(self, audience: Audience, as_of: date) -> list[Member]:
        """Everybody under the rule on this day, as `Audience.covers` defines it, by user.

        The positions of each come as `PersonOnDay.held` has them.
        """

    async def person(self, user_id: UUID, as_of: date) -> PersonOnDay | None:
        """What rules ask of this person on this day; None if there is no such person."""


@dataclass(frozen=True, slots=True, order=True)
class ObligationKey:
    """What identifies an obligation: the person who owes it, and the requirement."""

    user_id: UUID
    requirement_id: UUID


@dataclass(frozen=True, slots=True)
class RecordedState:
    """A state of an obligation with the time at which it was recorded, and superseded (None: it is current)."""

    state: ObligationState
    recorded_at: datetime
    superseded_at: datetime | None


def due_key(due_on: date | None, requirement_id: UUID) -> str:
    """What obligations are sorted by: the day on which something is due next, then the requirement."""
    return f"{day_key(due_on)} {requirement_id.hex}"


class ObligationStates(Protocol):
    """How people stand with requirements, as far as it is known: computed from facts, and kept in two kinds of time.

    What is computed otherwise later supersedes what was recorded, which stays as it was.
    """

    async def lock(self, user_ids: Sequence[UUID]) -> None:
        """Let no other unit of work compute the obligations of these people until this one ends.

        To be called before the facts are read, so that of two units each sees what the other has added.
        """

    async def current(self, user_ids: Sequence[UUID]) -> Mapping[ObligationKey, tuple[ObligationState, ...]]:
        """The current states of all obligations of these people, each from its first day to its last."""

    async def of_requirement(
        self, requirement_id: UUID, user_ids: Sequence[UUID]
    ) -> Mapping[UUID, tuple[ObligationState, ...]]:
        """The current states of the obligations of these people by one requirement."""

    async def replace(self, states: Mapping[ObligationKey, tuple[ObligationState, ...]]) -> Mapping[ObligationKey, int]:
        """Record that these are the states of these obligations, and return how many rows of which ones differ.

        Rows that say the same stay as they are; the others are superseded. An empty tuple ends an obligation.
        """

    async def recorded(self, user_id: UUID) -> Mapping[ObligationKey, tuple[RecordedState, ...]]:
        """All states of this person's obligations that were ever recorded, in the order of their recording."""
