"""What the use cases of relief need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from domain.compliance.facts import GrantedRelief
from domain.compliance.relief import Relief
from domain.compliance.relief_decrees import ReliefDecree


class Reliefs(Protocol):
    """Requests for relief with their decisions, to which more are added and of which none is changed.

    Of two units that decide about the same relief at the same time, the second one waits, and finds what the first has
    decided.
    """

    async def get(self, relief_id: UUID) -> Relief:
        """The relief, about which nobody else decides until the unit ends. Raises ReliefNotFound."""

    async def decree(self, decree_id: UUID) -> ReliefDecree:
        """Raises DecreeNotFound."""

    async def of_decree(self, decree_id: UUID) -> list[Relief]:
        """All relief of the decree, in order of id, about which nobody else decides until the unit ends."""

    async def of_users(self, user_ids: Sequence[UUID]) -> list[Relief]:
        """All relief of these users, in order of id."""

    async def earlier(self, requirement_id: UUID, user_ids: Sequence[UUID]) -> Mapping[UUID, list[Relief]]:
        """The requests for each of these users and the requirement, by user, in order of id; in one statement.

        Those for users who were merged into the user are included.
        """

    async def add(self, reliefs: Sequence[Relief]) -> None:
        """Add new requests. Raises ReliefRequestedBefore, here or at commit."""

    async def add_decree(self, decree: ReliefDecree) -> None:
        """Add a decree, before the relief that it requests."""

    async def save(self, reliefs: Sequence[Relief]) -> None:
        """Keep the decisions that were added to these. Raises ReliefDecided, here or at commit."""

    async def granted(self, user_ids: Sequence[UUID]) -> Mapping[tuple[UUID, UUID], tuple[GrantedRelief, ...]]:
        """The relief in force of these people by user and requirement, that of users merged into them included.

        One statement.
        """

    async def forget_notes(self, user_ids: Sequence[UUID]) -> list[Relief]:
        """Erase the notes about relief of these people, who were erased; the relief whose notes this erases."""
