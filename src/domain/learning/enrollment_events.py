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


class CycleIncomplete(Conflict):
    slug = "cycle-under-way"
    title = "The training is not completed yet"
    sentence = "The learner has begun this cycle and can still complete it. Renew it afterwards."


@dataclass(frozen=True, slots=True)
class EnrollmentEvent(DomainEvent):
    """Something that happened to one user in one module."""

    module_id: UUID
    """The module."""
    user_id: UUID
    """The learner."""

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class ModuleStarted(EnrollmentEvent):
    """The learner has begun this cycle; a minimum time counts from here."""

    cycle_id: UUID
    """The cycle."""


@dataclass(frozen=True, slots=True)
class SectionCompleted(EnrollmentEvent):
    """The learner has completed a section, by going through it or by passing its quiz."""

    section_id: UUID
    """The section."""


@dataclass(frozen=True, slots=True)
class ModuleCompleted(EnrollmentEvent):
    """Every rule of the version is met, or a record of other training counts for the module."""

    version_number: int
    """The version that the learner was in."""
    cycle_id: UUID
    """The cycle, which the record of the completion names."""
    record_id: UUID | None = None
    """The record that completed it; null if it was completed in the module itself."""


@dataclass(frozen=True, slots=True)
class EnrollmentRenewed(EnrollmentEvent):
    """A new cycle of the training was granted."""

    version_number: int
    """The version of the new cycle."""
    cycle_id: UUID
    """The new cycle."""
    grant_number: int
    """The number of cycles granted to this person in this module, including this one."""


@dataclass(frozen=True, slots=True)
class UsersEnrolled(DomainEvent):
    """One or more people were enrolled in the module."""

    module_id: UUID
    """The module."""
    user_ids: tuple[UUID, ...]
    """The enrolled users."""

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class EnrollmentsMoved(DomainEvent):
    """The incomplete enrollments of these users were moved to a new version."""

    module_id: UUID
    """The module."""
    from_number: int
    """Their previous version."""
    to_number: int
    """Their new version."""
    user_ids: tuple[UUID, ...]
    """The moved users."""

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class EnrollmentHandedOver(EnrollmentEvent):
    """The enrollment of a user who is the same person became this user's, by a merge or by its end."""

    from_id: UUID
    """The user whose enrollment it was; keeps this user's former one, if there was one."""


@dataclass(frozen=True, slots=True)
class EnrollmentWithdrawn(EnrollmentEvent):
    """The enrollment was withdrawn. Records are kept."""
