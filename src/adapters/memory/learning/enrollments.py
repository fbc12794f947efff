"""Enrollments in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from adapters.memory.catalogue.modules import offer_of
from adapters.memory.catalogue.tables import MODULES
from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.eligibility import EligibilityRows
from adapters.memory.learning.tables import ENROLLMENTS, GRANTS
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.lists import Present
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments
from domain.catalogue.module_life import ModuleNotFound, ModuleOffer
from domain.kernel.errors import StaleVersion
from domain.learning.bulk_enrollment import Candidate
from domain.learning.completion import Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.enrollment_events import AlreadyEnrolled, EnrollmentNotFound
from domain.learning.enrollments import Enrollment, EnrollmentFacts
from domain.people.user_errors import UserNotFound


@serves(Enrollments)
@serves(EnrollmentBasis)
@serves(GroupEnrollments)
class MemoryEnrollments:
    """Implements application.learning.ports.Enrollments."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._enrollments = unit.draft(ENROLLMENTS)
        self._modules = unit.draft(MODULES)
        self._users = unit.draft(USERS)
        self._grants = unit.draft(GRANTS)
        self._eligibility = EligibilityRows(unit.draft)

    async def facts(self, module_id: UUID, user_id: UUID) -> EnrollmentFacts:
        module = self._modules.peek(module_id)
        user = self._users.peek(user_id)
        return EnrollmentFacts(
            offer=None if module is None else ModuleOffer(module.status, module.version_number),
            user_is_active=None if user is None else user.is_active,
            already_enrolled=(module_id, user_id) in self._enrollments,
            user_department=None if user is None or user.merged_into else user.department,
            user_merged_into=None if user is None else user.merged_into,
        )

    async def candidates(
        self, module_id: UUID, user_ids: Sequence[UUID], departments: Sequence[str]
    ) -> list[Candidate]:
        named = frozenset(user_ids)
        users = [
            user
            for user in self._users.rows()
            if user.id in named or (user.department in departments and user.merged_into is None)
        ]
        return [
            Candidate(
                user.id,
                user.is_active,
                (module_id, user.id) in self._enrollments,
                None if user.merged_into else user.department,
                user.merged_into,
            )
            for user in sorted(users, key=lambda user: user.id)
        ]

    async def get(self, module_id: UUID, user_id: UUID) -> Enrollment:
        enrollment = self._enrollments.load((module_id, user_id))
        if enrollment is None:
            raise EnrollmentNotFound
        return enrollment

    async def add(self, enrollment: Enrollment) -> None:
        key = (enrollment.module_id, enrollment.user_id)
        if enrollment.module_id not in self._modules:
            raise ModuleNotFound
        if enrollment.user_id not in self._users:
            raise UserNotFound
        if key in self._enrollments:
            raise AlreadyEnrolled
        self._enrollments.put(key, enrollment)

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        module = self._modules.peek(module_id)
        return None if module is None else offer_of(module)

    async def many(self, module_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, Enrollment]:
        found = ((user_id, self._enrollments.peek((module_id, user_id))) for user_id in user_ids)
        return {user_id: enrollment for user_id, enrollment in found if enrollment is not None}

    async def for_learning(self, module_id: UUID, user_id: UUID) -> Enrollment:
        return await self.get(module_id, user_id)

    async def eligibility(self, enrollment: Enrollment, at: Present) -> Eligibility:
        return self._eligibility.of(enrollment, at)

    async def add_many(
        self,
        module_id: UUID,
        user_ids: Sequence[UUID],
        *,
        version_number: int,
        enrolled_by: UUID | None,
        now: datetime,
    ) -> frozenset[UUID]:
        found = frozenset(user.id for user in map(self._users.peek, user_ids) if user and user.merged_into is None)
        new = frozenset(user_id for user_id in found if (module_id, user_id) not in self._enrollments)
        for user_id in new:
            enrollment = Enrollment(
                module_id,
                user_id,
                version_number=version_number,
                cycle_id=uuid5(user_id, f"{module_id} {now}"),
                enrolled_by=enrolled_by,
                now=now,
            )
            await self.add(enrollment)
        return new

    async def keep_grant(self, grant: CycleGrant) -> None:
        key = (grant.module_id, grant.user_id, grant.number)
        if key in self._grants:
            raise StaleVersion
        self._grants.put(key, grant)

    async def remove(self, enrollment: Enrollment) -> None:
        self._enrollments.remove((enrollment.module_id, enrollment.user_id))
