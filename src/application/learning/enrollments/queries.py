"""Reading enrollments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, overseers, scope_of
from application.kernel.handlers import handles
from application.kernel.lists import IdList, NameList, Present, SearchText, Span, require_cursor_of, require_order
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.ports import Calendar, Clock
from application.kernel.settling import SettleFirst
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
from application.learning.settling import SettleEnrollment
from domain.catalogue.module_life import ModuleNotFound
from domain.kernel.roles import Role
from domain.kernel.values import Items, PlausibleDay, Tag
from domain.learning.completion import EnrollmentStatus
from domain.learning.cycles import CycleGrant, GrantReason
from domain.learning.enrollment_events import EnrollmentNotFound
from domain.learning.enrollments import Enrollment
from domain.people.job_codes import Code
from domain.people.user_errors import UserNotFound


@dataclass(slots=True)
class EnrollmentView:
    """One user in one module. `enrolled_by` is a user or a service account; null when the service itself did it.

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


class EnrollmentReader(Protocol):
    """Reads enrollments with one statement per call."""

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
        """Those within the scope, in this order, as they are at present; None when there is no such module.

        With `total` also their number. Drafts are found only where the scope sees them.
        """

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
        """In this order, as they are at present; None when there is no such user within the scope.

        With `total` also their number.
        """

    async def detail(self, scope: Scope, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        """The enrollment, None when there is none of a user within the scope."""


Statuses = Annotated[tuple[EnrollmentStatus, ...], Items(4)]


@dataclass(frozen=True, slots=True)
class ListModuleEnrollments(Query[Page[Participant]]):
    """Who is enrolled in a module and how far each is, newest first unless sorted otherwise."""

    module_id: UUID
    user_id: IdList = ()
    status: Statuses = ()
    department: NameList = ()
    location: NameList = ()
    location_id: IdList = ()
    job_code: Annotated[tuple[Code, ...], Items(50)] = ()
    role: Annotated[tuple[Role, ...], Items(10)] = ()
    is_active: bool | None = None
    q: SearchText | None = None
    enrolled_from: PlausibleDay | None = None
    enrolled_to: PlausibleDay | None = None
    completed_from: PlausibleDay | None = None
    completed_to: PlausibleDay | None = None
    sort: ParticipantSort = ParticipantSort.NEWEST
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50

    def require_sense(self) -> None:
        require_cursor_of(self.sort, self.cursor)
        require_order(enrolled_from=self.enrolled_from, enrolled_to=self.enrolled_to)
        require_order(completed_from=self.completed_from, completed_to=self.completed_to)


@handles(ListModuleEnrollments, allow=overseers, raises=(ModuleNotFound,))
async def list_module_enrollments(
    query: ListModuleEnrollments, actor: Actor, enrollments: EnrollmentReader, clock: Clock, calendar: Calendar
) -> Page[Participant]:
    """Show who is enrolled in a module: managers see their departments, compliance and administrators all.

    What becomes due with time, such as the deadline of an attempt, appears in lists within a minute.
    """
    where = ParticipantFilter(
        query.status,
        Span.of_days(query.enrolled_from, query.enrolled_to, calendar),
        Span.of_days(query.completed_from, query.completed_to, calendar),
        query.user_id,
        query.department,
        query.location,
        query.role,
        query.is_active,
        query.q,
        query.location_id,
        query.job_code,
    )
    page = await enrollments.of_module(
        scope_of(actor),
        query.module_id,
        query.cursor,
        query.limit,
        Present.at(clock.now(), calendar),
        where=where,
        sort=query.sort,
        total=query.include_total,
    )
    if page is None:
        raise ModuleNotFound
    return page


@dataclass(frozen=True, slots=True)
class ListUserEnrollments(Query[Page[EnrolledModule]]):
    """The modules that a user is enrolled in and how far the user is, newest first unless sorted otherwise."""

    user_id: UUID
    module_id: IdList = ()
    status: Statuses = ()
    tag: Annotated[tuple[Tag, ...], Items(20)] = ()
    q: SearchText | None = None
    enrolled_from: PlausibleDay | None = None
    enrolled_to: PlausibleDay | None = None
    completed_from: PlausibleDay | None = None
    completed_to: PlausibleDay | None = None
    sort: EnrolledModuleSort = EnrolledModuleSort.NEWEST
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50

    def require_sense(self) -> None:
        require_cursor_of(self.sort, self.cursor)
        require_order(enrolled_from=self.enrolled_from, enrolled_to=self.enrolled_to)
        require_order(completed_from=self.completed_from, completed_to=self.completed_to)


@handles(ListUserEnrollments, allow=anyone, raises=(UserNotFound,))
async def list_user_enrollments(
    query: ListUserEnrollments, actor: Actor, enrollments: EnrollmentReader, clock: Clock, calendar: Calendar
) -> Page[EnrolledModule]:
    """Show someone's modules to that person, to managers of the department, to compliance and administrators.

    What becomes due with time, such as the deadline of an attempt, appears in lists within a minute.
    """
    where = EnrolledModuleFilter(
        query.status,
        Span.of_days(query.enrolled_from, query.enrolled_to, calendar),
        Span.of_days(query.completed_from, query.completed_to, calendar),
        query.module_id,
        query.tag,
        query.q,
    )
    page = await enrollments.of_user(
        scope_of(actor),
        query.user_id,
        query.cursor,
        query.limit,
        Present.at(clock.now(), calendar),
        where=where,
        sort=query.sort,
        total=query.include_total,
    )
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
