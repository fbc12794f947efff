"""The records of two users who are one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.evidence.records import TrainingRecord
from domain.learning.cycles import CycleGrant
from domain.learning.enrollments import Enrollment
from domain.people.merging import Obstacle


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A record, whether it is void, and whether its certificate was revoked."""

    record: TrainingRecord
    is_void: bool
    revoked: bool

    def completes(self, enrollment: Enrollment, newest: Iterable[CycleGrant], today: date) -> bool:
        """Whether it completes the open enrollment of the person under another id, as if it had been one user before.

        It must count today, belong to the current cycle, and have been written after the enrollment.
        """
        record = self.record
        return (
            record.training.module_id == enrollment.module_id
            and enrollment.completed_at is None
            and record.recorded_at >= enrollment.enrolled_at
            and record.counts_on(today, revoked=self.revoked or self.is_void)
            and record.recorded.is_current(newest)
        )


def recorded_twice(duplicate: Sequence[HeldRecord], survivor: Sequence[HeldRecord]) -> list[Obstacle]:
    """One for each training that both users have a record of: merged, the person would have it twice."""
    own = {each.record.training_identity: each.record.id for each in survivor if not each.is_void}
    own.pop(None, None)
    return [
        Obstacle(
            "recorded-twice",
            f"The records {each.record.id} and {own[each.record.training_identity]} are of the same training. Void one "
            "of them first.",
        )
        for each in duplicate
        if not each.is_void and each.record.training_identity in own
    ]


def completing(
    enrollments: Iterable[Enrollment],
    held: Mapping[UUID, Sequence[HeldRecord]],
    newest: Mapping[UUID, Sequence[CycleGrant]],
    today: date,
) -> dict[UUID, UUID]:
    """By module, the first record of the other user that completes an open enrollment.

    `held` are the records of the other user, by the user of the enrollment; `newest` the newest grants by module.
    """
    found: dict[UUID, UUID] = {}
    for enrollment in enrollments:
        for each in sorted(held[enrollment.user_id], key=lambda held: (held.record.recorded_at, held.record.id)):
            if each.completes(enrollment, newest.get(enrollment.module_id, ()), today):
                found.setdefault(enrollment.module_id, each.record.id)
    return found
