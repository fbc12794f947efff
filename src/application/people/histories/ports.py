"""What the use cases of histories need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.people.facts import NewId, Origin
from domain.people.histories import History, Profile


@dataclass(frozen=True, slots=True)
class Followed:
    """The history of somebody, and what the user shows, which may differ.

    `shown_on` is the day of the history that the user showed before this unit of work; None if nothing has begun or
    ended since.

    Somebody who was erased shows nothing, and the history is closed instead. Somebody who was merged into another user
    goes on showing what was shown then.
    """

    history: History
    shown: Profile
    is_erased: bool
    is_merged: bool = False
    shown_on: date | None = None


class Histories(Protocol):
    """The versions of the facts about people, to which new ones are added. Each method takes a few statements."""

    async def of(self, user_id: UUID, new_id: NewId) -> History:
        """The history of this person, which no other unit of work changes until this one ends. Raises UserNotFound."""

    async def many(self, user_ids: Sequence[UUID], new_id: NewId) -> list[Followed]:
        """The histories of those of these people who exist, with what this unit has made of the users."""

    async def after(self, user_id: UUID | None, limit: int, new_id: NewId) -> list[Followed]:
        """Those of the next people by id, None for the first ones."""

    async def keep(self, histories: Sequence[History]) -> None:
        """Add the versions that were written, all recorded at one moment, which is later than those already committed.

        Raises FactChanged if something was superseded meanwhile, at the latest at commit; locks prevent it.
        """

    async def begin(self, user_ids: Sequence[UUID], today: date, origin: Origin, new_id: NewId) -> None:
        """Begin the histories of new users who have none yet, like `histories.begin`."""

    async def note_shown(self, user_ids: Sequence[UUID], day: date) -> None:
        """These users show this day of their histories, to which this unit of work has added."""

    async def due(self, today: date) -> list[UUID]:
        """The users, in order, for whom something may have begun or ended since the day that they show.

        Without those who were erased or merged, and without the only active administrator, who cannot be deactivated.
        """

    async def forget_reasons(self, user_id: UUID) -> None:
        """Erase the reasons that were given for facts about somebody who is erased."""
