"""Enrolling many people at once: who is enrolled and who is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.kernel.oversight import OwnTraining
from domain.people.bulk import Refusal, refuse
from domain.people.user_errors import UserInactive, UserIsMerged, UserNotFound


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user who may be enrolled in bulk. One who was merged into another is named by id, and has no department."""

    user_id: UUID
    is_active: bool
    already_enrolled: bool
    department: str | None = None
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class BulkEnrollment:
    """The outcome of enrolling many users; each candidate is in exactly one list."""

    enroll: tuple[UUID, ...]
    already_enrolled: tuple[UUID, ...]
    refused: tuple[Refusal, ...]

    @classmethod
    def decide(
        cls, asked: Sequence[UUID], candidates: Sequence[Candidate], *, decided_by: UUID | None = None
    ) -> BulkEnrollment:
        """`asked` are the users named one by one; those named by department are among the candidates only.

        The deciding person is refused, since nobody decides about their own training.
        """
        known = {candidate.user_id for candidate in candidates}
        unknown = [user_id for user_id in dict.fromkeys(asked) if user_id not in known]
        new = [c for c in candidates if not c.already_enrolled]
        others = [c for c in new if c.user_id != decided_by]
        return cls(
            enroll=tuple(c.user_id for c in others if c.is_active and c.merged_into is None),
            already_enrolled=tuple(c.user_id for c in candidates if c.already_enrolled),
            refused=(
                *(refuse(user_id, UserNotFound) for user_id in unknown),
                *(refuse(c.user_id, UserInactive) for c in others if not c.is_active and c.merged_into is None),
                *(refuse(c.user_id, UserIsMerged(c.merged_into)) for c in others if c.merged_into is not None),
                *(refuse(c.user_id, OwnTraining) for c in new if c.user_id == decided_by),
            ),
        )
