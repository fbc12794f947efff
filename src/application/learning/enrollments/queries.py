"""Reading enrollments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, overseers, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.ports import Clock
from application.kernel.settling import SettleFirst
from application.learning.settling import SettleEnrollment
from domain.catalogue.module_life import ModuleNotFound, ModuleStatus
from domain.learning.cycles import CycleGrant, GrantReason
from domain.learning.enrollment_events import EnrollmentNotFound
from domain.learning.enrollments import Enrollment
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class EnrollmentView:
    """One user in one module. `enrolled_by` is null when the service itself did it.

    The current cycle is pinned to the version `version_number` of the module. `settles_at` is the next time at which
    something becomes due: an attempt's deadline, or the end of the module's minimum time. `record_id` is the record
    that completed it, where it was not earned by going through the sections. `granted_at`, `granted_by` and
    `grant_reason` describe the grant that began the cycle; they are null in the first one.
    """

    module_id: UUID
    user_id: UUID
    enrolled_by: UUID | None
    enrolled_at: datetime
    version_number: int
    started_at: datetime | None
    completed_at: datetime | None
    settles_at: datetime | None
    record_id: UUID | None
    version: int
    granted_at: datetime | None = None
    granted_by: UUID | None = None
    grant_reason: GrantReason | None = None

    @classmethod
    def of(cls, enrollment: Enrollment, grant: CycleGrant | None = None) -> EnrollmentView:
        return cls(
            enrollment.module_id,
            enrollment.user_id,
            enrollment.enrolled_by,
            enrollment.enrolled_at,
            enrollment.version_number,
            enrollment.started_at,
            enrollment.completed_at,
            enrollment.settles_at,
            enrollment.record_id,
            enrollment.version,
            None if grant is None else grant.granted_at,
            None if grant is None else grant.granted_by,
            None if grant is None else grant.reason,
        )


@dataclass(slots=True)
class Participant:
    """An enrollment as the module's list shows it."""

    user_id: UUID
    email: str
    full_name: str | None
    department: str | None
    is_active: bool
    enrolled_at: datetime


@dataclass(slots=True)
class EnrolledModule:
    """An enrollment as the user's list shows it."""

    module_id: UUID
    slug: str
    title: str
    status: ModuleStatus
    estimated_minutes: int | None
    enrolled_at: datetime


class EnrollmentReader(Protocol):
    """Reads enrollments with one statement per call."""

    async def of_module(
        self, scope: Scope, module_id: UUID, after: Cursor | None, limit: int
    ) -> Page[Participant] | None:
        """Those within the scope, newest first; None when there is no such module.

        Drafts are found only where the scope sees them.
        """

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[EnrolledModule] | None:
        """Newest first; None when there is no such user within the scope."""

    async def detail(self, scope: Scope, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        """The enrollment, None when there is none of a user within the scope."""


@dataclass(frozen=True, slots=True)
class ListModuleEnrollments(Query[Page[Participant]]):
    """Who is enrolled in a module, newest first."""

    module_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListModuleEnrollments, allow=overseers, raises=(ModuleNotFound,))
async def list_module_enrollments(
    query: ListModuleEnrollments, actor: Actor, enrollments: EnrollmentReader
) -> Page[Participant]:
    """Show who is enrolled in a module: managers see their departments, compliance and administrators all."""
    page = await enrollments.of_module(scope_of(actor), query.module_id, query.cursor, query.limit)
    if page is None:
        raise ModuleNotFound
    return page


@dataclass(frozen=True, slots=True)
class ListUserEnrollments(Query[Page[EnrolledModule]]):
    """The modules that a user is enrolled in, newest first."""

    user_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListUserEnrollments, allow=anyone, raises=(UserNotFound,))
async def list_user_enrollments(
    query: ListUserEnrollments, actor: Actor, enrollments: EnrollmentReader
) -> Page[EnrolledModule]:
    """Show someone's modules to that person, to managers of the department, to compliance and administrators."""
    page = await enrollments.of_user(scope_of(actor), query.user_id, query.cursor, query.limit)
    if page is None:
        raise UserNotFound
    return page


@dataclass(frozen=True, slots=True)
class ReadEnrollment(Query[EnrollmentView]):
    """One user in one module."""

    module_id: UUID
    user_id: UUID


@handles(ReadEnrollment, allow=anyone, raises=(EnrollmentNotFound,))
async def read_enrollment(
    query: ReadEnrollment, actor: Actor, enrollments: EnrollmentReader, clock: Clock
) -> EnrollmentView:
    """Show an enrollment to that person, to managers of the department, to compliance and administrators."""
    enrollment = await enrollments.detail(scope_of(actor), query.module_id, query.user_id)
    if enrollment is None:
        raise EnrollmentNotFound
    if enrollment.settles_at is not None and enrollment.settles_at <= clock.now():
        raise SettleFirst(SettleEnrollment(query.module_id, query.user_id))
    return enrollment
