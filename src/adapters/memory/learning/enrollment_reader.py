"""Reading enrollments in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES, VERSIONS
from adapters.memory.evidence.tables import CERTIFICATES, RECORDS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.kit.tables import Place, in_order
from adapters.memory.learning.eligibility import EligibilityRows
from adapters.memory.learning.tables import DUE_DAYS, ENROLLMENTS, GRANTS
from adapters.memory.people.merged import covers
from adapters.memory.people.tables import USERS
from adapters.memory.people.users import searched
from adapters.memory.people.zones import Zones
from adapters.registry import serves
from application.kernel.access import Scope
from application.kernel.lists import Present, day_key
from application.kernel.messages import Cursor, Page
from application.learning.enrollments.lists import (
    ALL_MODULES,
    ALL_PARTICIPANTS,
    EnrolledModule,
    EnrolledModuleFilter,
    EnrolledModuleSort,
    Participant,
    ParticipantFilter,
    ParticipantSort,
)
from application.learning.enrollments.queries import EnrollmentReader, EnrollmentView
from domain.catalogue.completion_rules import USUAL_RULES
from domain.catalogue.module_life import ModuleStatus
from domain.kernel.typography import folded, is_one_of, mentions
from domain.kernel.validity import state_on
from domain.learning.completion import LearnerStanding
from domain.learning.enrollments import Enrollment
from domain.people.names import name_key


@serves(EnrollmentReader)
class MemoryEnrollmentReader:
    """Implements application.learning.enrollments.queries.EnrollmentReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._enrollments = store.table(ENROLLMENTS)
        self._modules = store.table(MODULES)
        self._versions = store.table(VERSIONS)
        self._users = store.table(USERS)
        self._grants = store.table(GRANTS)
        self._records = store.table(RECORDS)
        self._eligibility = EligibilityRows(store.table)
        self._certificates = store.table(CERTIFICATES)
        self._zones = Zones(store.table)
        self._due_days = store.table(DUE_DAYS)

    async def of_module(
        self,
        scope: Scope,
        module_id: UUID,
        after: Cursor | None,
        limit: int,
        at: Present,
        *,
        where: ParticipantFilter = ALL_PARTICIPANTS,
        sort: ParticipantSort = ParticipantSort.NEWEST,
        total: bool = False,
    ) -> Page[Participant] | None:
        module = self._modules.peek(module_id)
        if module is None or (module.status is ModuleStatus.DRAFT and not scope.sees_drafts):
            return None
        rows = [
            enrollment
            for enrollment in self._enrollments.rows()
            if enrollment.module_id == module_id
            and self._users.by_key[enrollment.user_id].merged_into is None
            and covers(self._users, scope, enrollment.user_id)
            and self._fits(enrollment, where, at)
            and self._is_one_of(enrollment, where)
        ]
        places: dict[str, Callable[[Enrollment], Place]] = {
            "enrolled_at": lambda each: (each.enrolled_at, each.user_id),
            "name": lambda each: (self._name_key(each.user_id), each.user_id),
            "due": lambda each: (self._due_key(each, at), each.user_id),
        }
        place = places[sort.field]
        return in_order(
            rows, place, lambda e: self._participant(e, at), after=after, limit=limit, sort=sort, total=total
        )

    async def of_user(
        self,
        scope: Scope,
        user_id: UUID,
        after: Cursor | None,
        limit: int,
        at: Present,
        *,
        where: EnrolledModuleFilter = ALL_MODULES,
        sort: EnrolledModuleSort = EnrolledModuleSort.NEWEST,
        total: bool = False,
    ) -> Page[EnrolledModule] | None:
        if not covers(self._users, scope, user_id):
            return None
        rows = [
            enrollment
            for enrollment in self._enrollments.rows()
            if enrollment.user_id == user_id
            and self._fits(enrollment, where, at)
            and self._is_in_one_of(enrollment, where)
        ]
        places: dict[str, Callable[[Enrollment], Place]] = {
            "enrolled_at": lambda each: (each.enrolled_at, each.module_id),
            "title": lambda each: (folded(self._modules.by_key[each.module_id].title), each.module_id),
            "due": lambda each: (self._due_key(each, at), each.module_id),
        }
        place = places[sort.field]
        return in_order(rows, place, lambda e: self._module(e, at), after=after, limit=limit, sort=sort, total=total)

    async def detail(self, scope: Scope, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        enrollment = self._enrollments.peek((module_id, user_id))
        if enrollment is None or not covers(self._users, scope, user_id):
            return None
        grants = (each for each in self._grants.rows() if each.cycle_id == enrollment.cycle_id)
        return EnrollmentView.of(enrollment, next(grants, None))

    def _name_key(self, user_id: UUID) -> str:
        user = self._users.by_key[user_id]
        return name_key(user.full_name, user.email, user.employee_id)

    def _due_on(self, enrollment: Enrollment, at: Present) -> date | None:
        due = self._due_days.peek(enrollment.user_id) or ()
        of_today = (each for each in due if each.module_id == enrollment.module_id and each.covers(at.day_in(None)))
        return next((each.due_on for each in of_today), None)

    def _due_key(self, enrollment: Enrollment, at: Present) -> str:
        return day_key(self._due_on(enrollment, at))

    def _fits(self, enrollment: Enrollment, where: ParticipantFilter | EnrolledModuleFilter, at: Present) -> bool:
        return (
            where.enrolled.covers(enrollment.enrolled_at)
            and where.completed.covers(enrollment.completed_at)
            and (not where.statuses or self.state_of(enrollment, at)["enrollment_status"] in where.statuses)
        )

    def _is_one_of(self, enrollment: Enrollment, where: ParticipantFilter) -> bool:
        user = self._users.by_key[enrollment.user_id]
        return (
            (not where.user_ids or user.id in where.user_ids)
            and (not where.departments or is_one_of(user.department, where.departments))
            and (not where.locations or is_one_of(user.location, where.locations))
            and (not where.location_ids or user.location_id in where.location_ids)
            and (not where.job_codes or user.job_code in where.job_codes)
            and (not where.roles or user.role in where.roles)
            and (where.is_active is None or user.is_active is where.is_active)
            and (where.q is None or mentions(where.q, *searched(user)))
        )

    def _is_in_one_of(self, enrollment: Enrollment, where: EnrolledModuleFilter) -> bool:
        module = self._modules.by_key[enrollment.module_id]
        return (
            (not where.module_ids or module.id in where.module_ids)
            and (not where.tags or not {*where.tags}.isdisjoint(module.tags))
            and (where.q is None or mentions(where.q, module.title, module.summary, module.slug))
        )

    def _participant(self, enrollment: Enrollment, at: Present) -> Participant:
        user = self._users.by_key[enrollment.user_id]
        return Participant(
            user_id=user.id,
            email=user.email,
            employee_id=user.employee_id,
            full_name=user.full_name,
            department=user.department,
            job_title=user.job_title,
            location=user.location,
            location_id=user.location_id,
            role=user.role,
            is_active=user.is_active,
            enrolled_at=enrollment.enrolled_at,
            **self.state_of(enrollment, at),
        )

    def _module(self, enrollment: Enrollment, at: Present) -> EnrolledModule:
        module = self._modules.by_key[enrollment.module_id]
        return EnrolledModule(
            module_id=module.id,
            slug=module.slug,
            title=module.title,
            status=module.status,
            estimated_minutes=module.estimated_minutes,
            enrolled_at=enrollment.enrolled_at,
            **self.state_of(enrollment, at),
        )

    def state_of(self, enrollment: Enrollment, at: Present) -> dict[str, Any]:
        """What lists show of it, by the names of their fields."""
        standing, completed = self._standing(enrollment, at), enrollment.completed_at is not None
        earned = enrollment.record_id or next(
            (each.id for each in self._records.rows() if each.cycle_id == enrollment.cycle_id), None
        )
        certificate = next((each for each in self._certificates.rows() if each.record_id == earned), None)
        today = at.day_in(self._zones.of(enrollment.user_id))
        return {
            "enrollment_status": standing.status(completed=completed, now=at.now),
            "percent": 100 if completed else standing.percent,
            "version_number": enrollment.version_number,
            "started_at": enrollment.started_at,
            "completed_at": enrollment.completed_at,
            "certificate_serial": certificate and certificate.serial,
            "certificate_state": certificate
            and state_on(today, valid_until=certificate.valid_until, revoked_at=certificate.revoked_at),
            "certificate_valid_from": certificate and certificate.valid_from,
            "certificate_valid_until": certificate and certificate.valid_until,
            "due_on": self._due_on(enrollment, at),
        }

    def _standing(self, enrollment: Enrollment, at: Present) -> LearnerStanding:
        version = self._versions.peek((enrollment.module_id, enrollment.version_number))
        eligibility = self._eligibility.of(enrollment, at)
        if version is None:
            return LearnerStanding(USUAL_RULES, (), enrollment.started_at, {}, eligibility)
        return enrollment.standing(version, eligibility)
