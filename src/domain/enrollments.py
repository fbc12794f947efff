"""Enrollments: one user in one module, at most once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.aggregate import Aggregate, DomainEvent
from domain.bulk import Refusal, refuse
from domain.errors import Conflict, NotFound
from domain.modules import ModuleNotFound, ModuleNotPublished, ModuleStatus
from domain.users import UserInactive, UserNotFound


class EnrollmentNotFound(NotFound):
    slug = "enrollment-not-found"
    title = "No such enrollment"
    sentence = "The user is not enrolled in this module."


class AlreadyEnrolled(Conflict):
    slug = "already-enrolled"
    title = "Already enrolled"
    sentence = "The user is already enrolled in this module."


@dataclass(frozen=True, slots=True)
class UserEnrolled(DomainEvent):
    module_id: UUID
    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class UsersEnrolled(DomainEvent):
    """One statement enrolled all of these users in the module."""

    module_id: UUID
    user_ids: tuple[UUID, ...]

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class EnrollmentWithdrawn(DomainEvent):
    module_id: UUID
    user_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """What enrolling one user rests on. None stands for a module or user that does not exist."""

    module_status: ModuleStatus | None
    user_is_active: bool | None
    already_enrolled: bool
    user_department: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user who may be enrolled with others."""

    user_id: UUID
    is_active: bool
    already_enrolled: bool
    department: str | None = None


class Enrollment(Aggregate):
    """One user in one module, identified by the two ids together."""

    def __init__(self, module_id: UUID, user_id: UUID, *, enrolled_by: UUID | None, now: datetime) -> None:
        self.module_id = module_id
        self.user_id = user_id
        self.enrolled_by = enrolled_by
        self.version = 1
        self.enrolled_at = now
        self.updated_at = now

    @classmethod
    def open(
        cls, module_id: UUID, user_id: UUID, facts: EnrollmentFacts, *, enrolled_by: UUID | None, now: datetime
    ) -> Enrollment:
        """Enroll an active user in a published module.

        Raises ModuleNotFound, UserNotFound, ModuleNotPublished, UserInactive or AlreadyEnrolled.
        """
        require_open_module(facts.module_status)
        if facts.user_is_active is None:
            raise UserNotFound
        if not facts.user_is_active:
            raise UserInactive
        if facts.already_enrolled:
            raise AlreadyEnrolled
        enrollment = cls(module_id, user_id, enrolled_by=enrolled_by, now=now)
        enrollment._happened(UserEnrolled(module_id, user_id))
        return enrollment

    def withdraw(self) -> None:
        """Agree to be taken back."""
        self._happened(EnrollmentWithdrawn(self.module_id, self.user_id))


def require_open_module(status: ModuleStatus | None) -> None:
    """Raises ModuleNotFound, or ModuleNotPublished: people enroll only in what is offered."""
    if status is None:
        raise ModuleNotFound
    if status is not ModuleStatus.PUBLISHED:
        raise ModuleNotPublished


@dataclass(frozen=True, slots=True)
class BulkEnrollment:
    """What enrolling many users comes to; each candidate is in exactly one list."""

    enroll: tuple[UUID, ...]
    already_enrolled: tuple[UUID, ...]
    refused: tuple[Refusal, ...]

    @classmethod
    def decide(cls, asked: Sequence[UUID], candidates: Sequence[Candidate]) -> BulkEnrollment:
        """`asked` are the users named one by one; those named by department are among the candidates only."""
        known = {candidate.user_id for candidate in candidates}
        unknown = [user_id for user_id in dict.fromkeys(asked) if user_id not in known]
        inactive = [c.user_id for c in candidates if not c.already_enrolled and not c.is_active]
        return cls(
            enroll=tuple(c.user_id for c in candidates if c.is_active and not c.already_enrolled),
            already_enrolled=tuple(c.user_id for c in candidates if c.already_enrolled),
            refused=(
                *(refuse(user_id, UserNotFound) for user_id in unknown),
                *(refuse(user_id, UserInactive) for user_id in inactive),
            ),
        )
