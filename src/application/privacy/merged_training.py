"""What two users have learned who are merged, and how it is joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from application.assessment.ports import UngradedAttempts
from application.evidence.credentials.ports import Credentials
from application.evidence.ports import HeldRecords
from application.kernel.settling import SettleFirst
from application.kernel.units import Events
from application.kernel.wiring import PortSet
from application.learning.ports import Enrollments, OpenEnrollments, PersonalEnrollments
from application.learning.settling import SettleEnrollment
from domain.assessment.attempts import QuizAttempt
from domain.evidence.merging import HeldRecord, completing, recorded_twice
from domain.learning.enrollment_events import EnrollmentHandedOver
from domain.learning.enrollments import Enrollment
from domain.learning.merging import EnrollmentMerge
from domain.people.merging import Obstacle


@dataclass(frozen=True, slots=True)
class TrainingOfTwo:
    """What two users have learned who are one person, and how their enrollments are merged.

    `unfinished` are open attempts of the duplicate, `attempts` and `credentials` are how many it has in all.
    """

    duplicate_id: UUID
    survivor_id: UUID
    enrollments: Sequence[Enrollment]
    plan: EnrollmentMerge
    records: Mapping[UUID, list[HeldRecord]]
    unfinished: Sequence[QuizAttempt]
    attempts: int
    credentials: int

    @property
    def obstacles(self) -> list[Obstacle]:
        """Both are learning the same, or have a record of the same training."""
        twice = recorded_twice(self.records[self.duplicate_id], self.records[self.survivor_id])
        return [*self.plan.obstacles, *twice]

    def require_settled(self, now: datetime) -> None:
        """What became due counts first, under the id under which it was earned. Raises SettleFirst."""
        due = {(each.module_id, each.user_id) for each in self.enrollments if each.is_due(now)}
        due |= {(each.module_id, each.user_id) for each in self.unfinished if each.is_overdue(now)}
        if due:
            raise SettleFirst(*(SettleEnrollment(*each) for each in sorted(due)))


@dataclass(frozen=True, slots=True)
class MergedTraining(PortSet):
    """Joins what two users have learned."""

    personal: PersonalEnrollments
    enrollments: Enrollments
    open_enrollments: OpenEnrollments
    attempts: UngradedAttempts
    held: HeldRecords
    credentials: Credentials
    events: Events

    async def of(self, duplicate_id: UUID, survivor_id: UUID) -> TrainingOfTwo:
        pair = (duplicate_id, survivor_id)
        both = await self.personal.of(pair)
        own = {user_id: [each for each in both if each.user_id == user_id] for user_id in pair}
        return TrainingOfTwo(
            duplicate_id,
            survivor_id,
            both,
            plan=EnrollmentMerge.decide(own[duplicate_id], own[survivor_id]),
            records={user_id: await self.held.of(user_id) for user_id in pair},
            unfinished=[each for each in await self.attempts.ungraded_of(duplicate_id) if each.is_open],
            attempts=await self.attempts.number_of(duplicate_id),
            credentials=await self.credentials.number_of(duplicate_id),
        )

    async def credited(self, both: TrainingOfTwo, today: date) -> dict[UUID, UUID]:
        """By module, the record of the one user that completes the enrollment of the other, which counts from now."""
        pair = (both.duplicate_id, both.survivor_id)
        others = {both.duplicate_id: both.records[both.survivor_id], both.survivor_id: both.records[both.duplicate_id]}
        proven = {user_id: {each.record.training.module_id for each in held} for user_id, held in others.items()}
        counting = [
            each
            for each in both.enrollments
            if each.completed_at is None
            and each.user_id == (both.duplicate_id if each.module_id in both.plan.moved else both.survivor_id)
            and each.module_id in proven[each.user_id]
        ]
        newest = {}
        for module_id in {each.module_id for each in counting}:
            granted = await self.open_enrollments.grants(module_id, pair)
            newest[module_id] = [grant for some in granted.values() for grant in some]
        return completing(counting, others, newest, today)

    async def join(self, both: TrainingOfTwo, credited: Mapping[UUID, UUID], now: datetime) -> None:
        """End open attempts, hand the enrollments over, and complete those that a record completes."""
        for attempt in both.unfinished:
            attempt.supersede(now=now)
            await self.attempts.keep(attempt)
        await hand_over(both.plan.moved, both.duplicate_id, both.survivor_id, self.personal, self.events, now)
        for module_id, record_id in sorted(credited.items()):
            enrollment = await self.enrollments.for_learning(module_id, both.survivor_id)
            enrollment.credit(record_id, now=now)


async def hand_over(
    module_ids: Sequence[UUID], giver: UUID, taker: UUID, personal: PersonalEnrollments, events: Events, now: datetime
) -> None:
    """These enrollments become those of the taker."""
    await personal.exchange(module_ids, giver, taker, now)
    for module_id in module_ids:
        events.record(EnrollmentHandedOver(module_id, taker, giver))
