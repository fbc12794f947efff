"""What lists of enrollments show, and how they can be filtered and sorted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from application.kernel.lists import Sort, Span
from domain.catalogue.module_life import ModuleStatus
from domain.kernel.roles import Role
from domain.kernel.validity import CertificateState
from domain.learning.completion import EnrollmentStatus


@dataclass(slots=True)
class Participant:
    """An enrollment as the module's list shows it.

    `enrollment_status` is `blocked` if the training is not completed and cannot be by the learner's own work now: a
    prerequisite is missing, a quiz that remains cannot be tried now, or every section is completed and the module is
    not; the progress of the enrollment says why. `percent` counts completed sections. The certificate is that of the
    record that completed the training, with its state today.
    `due_on` is the earliest day by which a requirement asks for the module at present; null if none does.
    """

    user_id: UUID
    email: str | None
    employee_id: str | None
    full_name: str | None
    department: str | None
    job_title: str | None
    location: str | None
    location_id: UUID | None
    role: Role
    is_active: bool
    enrolled_at: datetime
    enrollment_status: EnrollmentStatus
    percent: int
    version_number: int
    started_at: datetime | None
    completed_at: datetime | None
    certificate_serial: str | None
    certificate_state: CertificateState | None
    certificate_valid_from: date | None
    certificate_valid_until: date | None
    due_on: date | None = None


@dataclass(slots=True)
class EnrolledModule:
    """An enrollment as the user's list shows it. `status` is that of the module.

    `enrollment_status` is `blocked` if the training is not completed and cannot be by the learner's own work now: a
    prerequisite is missing, a quiz that remains cannot be tried now, or every section is completed and the module is
    not; the progress of the enrollment says why. `percent` counts completed sections. The certificate is that of the
    record that completed the training, with its state today.
    `due_on` is the earliest day by which a requirement asks for the module at present; null if none does.
    """

    module_id: UUID
    slug: str
    title: str
    status: ModuleStatus
    estimated_minutes: int | None
    enrolled_at: datetime
    enrollment_status: EnrollmentStatus
    percent: int
    version_number: int
    started_at: datetime | None
    completed_at: datetime | None
    certificate_serial: str | None
    certificate_state: CertificateState | None
    certificate_valid_from: date | None
    certificate_valid_until: date | None
    due_on: date | None = None


class ParticipantSort(Sort):
    """How the people of a module can be sorted. People without a name are sorted by their e-mail address.

    By the day on which the module is due for them, people for whom it is not due come last.
    """

    NEWEST = "-enrolled_at"
    OLDEST = "enrolled_at"
    BY_NAME = "name"
    BY_NAME_BACKWARDS = "-name"
    BY_DUE_DAY = "due"


class EnrolledModuleSort(Sort):
    """How the modules of a person can be sorted. By their due days, modules that are not due come last."""

    NEWEST = "-enrolled_at"
    OLDEST = "enrolled_at"
    BY_TITLE = "title"
    BY_TITLE_BACKWARDS = "-title"
    BY_DUE_DAY = "due"


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """Which people a module's list shows: those that meet all conditions, with one of the statuses, and so on.

    Each word of `q` is searched in name, e-mail address, employee id and job title.
    """

    statuses: tuple[EnrollmentStatus, ...] = ()
    enrolled: Span = ALWAYS
    completed: Span = ALWAYS
    user_ids: tuple[UUID, ...] = ()
    departments: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    is_active: bool | None = None
    q: str | None = None
    location_ids: tuple[UUID, ...] = ()
    job_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnrolledModuleFilter:
    """Which modules a person's list shows: those that meet all conditions, with one of the statuses, tags and ids.

    Each word of `q` is searched in title, summary and slug.
    """

    statuses: tuple[EnrollmentStatus, ...] = ()
    enrolled: Span = ALWAYS
    completed: Span = ALWAYS
    module_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()
    q: str | None = None


ALL_PARTICIPANTS, ALL_MODULES = ParticipantFilter(), EnrolledModuleFilter()
