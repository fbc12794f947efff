"""Looking at who takes which module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.access import Actor, anyone, overseers
from application.bus import handles
from application.messages import Cursor, Page, PageSize, Query
from domain.enrollments import Enrollment, EnrollmentNotFound
from domain.modules import ModuleNotFound, ModuleStatus
from domain.users import UserNotFound


@dataclass(slots=True)
class EnrollmentView:
    """One user in one module. `enrolled_by` is None when the service itself did it."""

    module_id: UUID
    user_id: UUID
    enrolled_by: UUID | None
    enrolled_at: datetime
    version: int

    @classmethod
    def of(cls, enrollment: Enrollment) -> EnrollmentView:
        return cls(
            enrollment.module_id,
            enrollment.user_id,
            enrollment.enrolled_by,
            enrollment.enrolled_at,
            enrollment.version,
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
    """Reads enrollments, one statement a call."""

    async def of_module(self, module_id: UUID, after: Cursor | None, limit: int) -> Page[Participant] | None:
        """Newest first; None when there is no such module."""

    async def of_user(self, user_id: UUID, after: Cursor | None, limit: int) -> Page[EnrolledModule] | None:
        """Newest first; None when there is no such user."""

    async def detail(self, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        """The enrollment, None when there is none."""


@dataclass(frozen=True, slots=True)
class ListModuleEnrollments(Query[Page[Participant]]):
    """Who is enrolled in a module, newest first."""

    module_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListModuleEnrollments, allow=overseers)
async def list_module_enrollments(
    query: ListModuleEnrollments, actor: Actor, enrollments: EnrollmentReader
) -> Page[Participant]:
    """Show who is enrolled in a module to managers, compliance officers and administrators."""
    page = await enrollments.of_module(query.module_id, query.cursor, query.limit)
    if page is None:
        raise ModuleNotFound
    return page


@dataclass(frozen=True, slots=True)
class ListUserEnrollments(Query[Page[EnrolledModule]]):
    """The modules that a user is enrolled in, newest first."""

    user_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListUserEnrollments, allow=anyone)
async def list_user_enrollments(
    query: ListUserEnrollments, actor: Actor, enrollments: EnrollmentReader
) -> Page[EnrolledModule]:
    """Show the modules someone is enrolled in to that person, and to managers, compliance and administrators."""
    if query.user_id != actor.user_id and not overseers(actor):
        raise UserNotFound
    page = await enrollments.of_user(query.user_id, query.cursor, query.limit)
    if page is None:
        raise UserNotFound
    return page


@dataclass(frozen=True, slots=True)
class ReadEnrollment(Query[EnrollmentView]):
    """One user in one module."""

    module_id: UUID
    user_id: UUID


@handles(ReadEnrollment, allow=anyone)
async def read_enrollment(query: ReadEnrollment, actor: Actor, enrollments: EnrollmentReader) -> EnrollmentView:
    """Show an enrollment to the person enrolled, and to managers, compliance officers and administrators."""
    if query.user_id != actor.user_id and not overseers(actor):
        raise EnrollmentNotFound
    enrollment = await enrollments.detail(query.module_id, query.user_id)
    if enrollment is None:
        raise EnrollmentNotFound
    return enrollment
