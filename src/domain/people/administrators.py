"""Who must keep access, and who gives it back.

There is always at least one active administrator; otherwise nobody could assign roles.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from uuid import UUID

from domain.kernel.errors import Conflict


class LastAdministrator(Conflict):
    slug = "last-administrator"
    title = "This is the last administrator"
    sentence = "At least one active administrator must remain. Make somebody else an administrator first."


def require_another(administrators: Set[UUID], leaving: Collection[UUID]) -> None:
    """Raises LastAdministrator when no active administrator would remain without these people.

    Where there is none to begin with, nobody is the last.
    """
    if not administrators.isdisjoint(leaving) and administrators <= set(leaving):
        raise LastAdministrator


def only_a_person_reactivates(user_id: UUID, *, is_privileged: bool, maker: UUID | None) -> bool:
    """Whether a service account may not reactivate the user: one who may do more than learn, or who made its key."""
    return is_privileged or user_id == maker
