"""The events of enrollments, and the errors of changing them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict, NotFound


class EnrollmentNotFound(NotFound):
    slug = "enrollment-not-found"
    title = "No such enrollment"
    sentence = "The user is not enrolled in this module."


class AlreadyEnrolled(Conflict):
    slug = "already-enrolled"
    title = "Already enrolled"
    sentence = "The user is already enrolled in this module."


class CycleUnderWay(Conflict):
    slug = "cycle-under-way"
    title = "The training is still under way"
    sentence = "The learner has begun this cycle and can still complete it. Renew it afterwards."


@dataclass(frozen=True, slots=True)
class EnrollmentEvent(DomainEvent):
    """Something that happened to one user in one module."""

    module_id: UUID
    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class UserEnrolled(EnrollmentEvent):
    pass


@dataclass(frozen=True, slots=True)
class ModuleStarted(EnrollmentEvent):
    """The learner has begun this cycle; a minimum time counts from here."""

    cycle_id: UUID


@dataclass(frozen=True, slots=True)
class SectionCompleted(EnrollmentEvent):
    section_id: UUID


@dataclass(frozen=True, slots=True)
class ModuleCompleted(EnrollmentEvent):
    """Every rule of the version is met; `cycle_id` names the record that tells of it.

    Or else training that was recorded otherwise counts for the module: `record_id` is that record.
    """

    version_number: int
    cycle_id: UUID
    record_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentRenewed(EnrollmentEvent):
    """A new cycle was granted, the `grant_number`th of this person in this module."""

    version_number: int
    cycle_id: UUID
    grant_number: int


@dataclass(frozen=True, slots=True)
class UsersEnrolled(DomainEvent):
    """One statement enrolled all of these users in the module."""

    module_id: UUID
    user_ids: tuple[UUID, ...]

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class EnrollmentsMoved(DomainEvent):
    """A new version took over these users, who were under way in an older one."""

    module_id: UUID
    from_number: int
    to_number: int
    user_ids: tuple[UUID, ...]

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class EnrollmentWithdrawn(EnrollmentEvent):
    pass
