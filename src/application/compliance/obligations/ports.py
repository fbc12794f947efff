"""What keeping obligations true needs of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

BATCH = 100
"""How many people are computed in one unit of work at most: their users are locked as long as it takes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """That the obligations of these people must be computed again, from `due_at` (UTC) on.

    Without `user_ids` it is about everybody, without `requirement_id` about all requirements.
    """

    id: UUID
    due_at: datetime
    user_ids: tuple[UUID, ...] = ()
    requirement_id: UUID | None = None

    @property
    def is_about_everybody(self) -> bool:
        """Whether it names nobody."""
        return not self.user_ids


class Recomputations(Protocol):
    """Marks of what must be computed again."""

    async def are_needed(self) -> bool:
        """Whether anybody can owe anything: whether any requirement was ever approved.

        It takes one statement outside of the transaction of this unit, and none once that is known.
        """

    async def hold_rules(self) -> None:
        """Until this unit of work ends, nobody else changes what the obligations of many depend on.

        Call it before rules and facts are read: then what others have changed is visible to this unit, and what this
        unit adds is visible to those who compute what follows from their changes.
        """

    async def hold_alone(self) -> None:
        """Wait for all who hold the rules, and keep others from it until this unit of work ends.

        For changes of what the obligations of many depend on, before it is read who they are.
        """

    async def leave(self, marks: Sequence[Mark]) -> None:
        """Keep these; of one about everybody, after `hold_alone`."""

    async def claim(self, now: datetime, but: Collection[UUID] = ()) -> Mark | None:
        """The first mark, but for these, that is due and that nobody else has claimed; ours until this unit ends."""

    async def finish(self, mark: Mark) -> None:
        """It was worked off."""

    async def with_texts(
        self, names: Collection[UUID], titles: Collection[UUID], locations: Collection[UUID]
    ) -> list[UUID]:
        """Who ever had a position with one of these texts, in order: by the id of the fact that says what a text means
        as a location, and as a title, and with any text that ever meant one of the locations.
        """

    async def with_records(self, modules: Collection[UUID]) -> list[UUID]:
        """Who has records of these modules, in order, by the ids under which they were written."""

    async def everybody(
        self, after: UUID | None = None, limit: int | None = None, until: UUID | None = None
    ) -> list[UUID]:
        """The users by id, those after the first one and until the last one, merged users too: they owe nothing any
        more.
        """
