"""Decisions about many people at once: who is left out, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.kernel.oversight import OwnTraining
from domain.people.user_errors import UserInactive, UserIsMerged, UserNotFound


@dataclass(frozen=True, slots=True)
class Refusal:
    """A person whom a bulk command left out, and why: a slug and a sentence."""

    user_id: UUID
    code: str
    reason: str


def refuse(user_id: UUID, error: type[UserNotFound] | type[UserInactive] | type[OwnTraining] | UserIsMerged) -> Refusal:
    """The refusal that the same command for this one person would have met."""
    return Refusal(user_id, error.slug, str(error() if isinstance(error, type) else error))


@dataclass(frozen=True, slots=True)
class Deactivation:
    """The outcome of deactivating several users; each is in exactly one list."""

    deactivate: tuple[UUID, ...]
    already_inactive: tuple[UUID, ...]
    refused: tuple[Refusal, ...]

    @classmethod
    def decide(cls, asked: Sequence[UUID], active: dict[UUID, bool]) -> Deactivation:
        """`active` tells for each existing user whether the user is active."""
        known = [user_id for user_id in dict.fromkeys(asked) if user_id in active]
        unknown = [user_id for user_id in dict.fromkeys(asked) if user_id not in active]
        return cls(
            deactivate=tuple(user_id for user_id in known if active[user_id]),
            already_inactive=tuple(user_id for user_id in known if not active[user_id]),
            refused=tuple(refuse(user_id, UserNotFound) for user_id in unknown),
        )
