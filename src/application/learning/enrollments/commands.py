"""Enrolling people in modules, one by one or whole departments, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from application.catalogue.visibility import require_visible
from application.kernel.access import Actor, Scope, overseers, oversight_of, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.learning.enrollments.queries import EnrollmentView
from application.learning.ports import EnrollmentBasis, Enrollments, GroupEnrollments
from application.learning.settling import require_settled
from application.people.ports import Staff
from domain.catalogue.module_life import ModuleNotFound, ModuleNotPublished, offered_version
from domain.kernel.aggregate import ExpectedVersions, in_sets
from domain.kernel.errors import InvalidValue
from domain.kernel.oversight import OwnTraining
from domain.kernel.values import Items, ShortName
from domain.learning.bulk_enrollment import BulkEnrollment, Candidate
from domain.learning.enrollment_events import AlreadyEnrolled, EnrollmentNotFound, UsersEnrolled
from domain.learning.enrollments import Enrollment
from domain.people.bulk import Refusal
from domain.people.departments import UnknownDepartment, unknown_departments
from domain.people.user_errors import UserInactive, UserIsMerged, UserNotFound


@dataclass(frozen=True, slots=True)
class EnrollUser(Command[EnrollmentView]):
    """Enroll one user in a published module."""

    module_id: UUID
    user_id: UUID


@handles(
    EnrollUser,
    allow=overseers,
    raises=(
        OwnTraining,
        ModuleNotFound,
        UserNotFound,
        UserIsMerged,
        ModuleNotPublished,
        UserInactive,
        AlreadyEnrolled,
    ),
)
async def enroll_user(
    command: EnrollUser, actor: Actor, enrollments: Enrollments, basis: EnrollmentBasis, ids: Ids, clock: Clock
) -> EnrollmentView:
    """Managers (of the department), compliance officers and administrators enroll an active user, once. Nobody may
    enroll themselves.

    The enrollment is for the version of the module that is offered now.
    """
    facts = await basis.facts(command.module_id, command.user_id)
    require_visible(facts.offer, actor)
    oversight_of(actor).require(command.user_id, facts.user_department, UserNotFound)
    enrollment = Enrollment.open(
        command.module_id, command.user_id, facts, cycle_id=ids.new(), enrolled_by=actor.id, now=clock.now()
    )
    await enrollments.add(enrollment)
    return EnrollmentView.of(enrollment)


@dataclass(slots=True)
class EnrolledUsers:
    """How many people were enrolled, how many were enrolled already, and who was refused, and why.

    `unknown_departments` are those in which nobody works whom the actor may enroll.
    """

    enrolled: int
    already_enrolled: int
    refused: list[Refusal]
    unknown_departments: list[UnknownDepartment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EnrollUsers(Command[EnrolledUsers]):
    """Enroll many users at once: those named, and everyone in the departments named."""

    module_id: UUID
    user_ids: Annotated[tuple[UUID, ...], Items(5_000)] = ()
    departments: Annotated[tuple[ShortName, ...], Items(50)] = ()

    def require_sense(self) -> None:
        if not self.user_ids and not self.departments:
            raise InvalidValue("or departments must name someone", "user_ids")


@handles(EnrollUsers, allow=overseers, raises=(ModuleNotFound, ModuleNotPublished))
async def enroll_users(
    command: EnrollUsers,
    actor: Actor,
    basis: EnrollmentBasis,
    group: GroupEnrollments,
    staff: Staff,
    events: Events,
    clock: Clock,
) -> EnrolledUsers:
    """Managers (of the departments), compliance officers and administrators enroll many people at once.

    Who cannot be enrolled, such as the caller, is listed under `refused` with a reason; the others are enrolled.
    """
    offer = require_visible(await basis.offer(command.module_id), actor)
    version_number = offered_version(offer)
    scope = scope_of(actor)
    candidates = [
        candidate
        for candidate in await group.candidates(command.module_id, command.user_ids, command.departments)
        if scope.covers(candidate.user_id, candidate.department)
    ]
    unknown = await _unknown_departments(command.departments, candidates, scope, staff)
    if not candidates and not command.user_ids:
        raise InvalidValue(f"have no members: nobody works in {', '.join(map(str, unknown))}", "departments")
    decision = BulkEnrollment.decide(command.user_ids, candidates, decided_by=actor.person_id)
    enrolled = await group.add_many(
        command.module_id,
        decision.enroll,
        version_number=version_number,
        enrolled_by=actor.id,
        now=clock.now(),
    )
    for some in in_sets([user_id for user_id in decision.enroll if user_id in enrolled]):
        events.record(UsersEnrolled(command.module_id, some))
    already = len(decision.already_enrolled) + len(decision.enroll) - len(enrolled)
    return EnrolledUsers(len(enrolled), already, list(decision.refused), unknown)


async def _unknown_departments(
    asked: Sequence[str], candidates: Sequence[Candidate], scope: Scope, staff: Staff
) -> list[UnknownDepartment]:
    """Known departments are read only if one is unknown, since names are mostly spelled right.

    Departments outside the scope are treated like those that do not exist.
    """
    found = {candidate.department for candidate in candidates}
    missing = [name for name in asked if name not in found]
    if not missing:
        return []
    known = await staff.departments() if scope.everyone else frozenset(scope.departments)
    return list(unknown_departments(missing, known - set(missing)))


@dataclass(frozen=True, slots=True)
class WithdrawEnrollment(Command[None]):
    """Withdraw an enrollment."""

    module_id: UUID
    user_id: UUID
    expected_versions: ExpectedVersions = None


@handles(WithdrawEnrollment, allow=overseers, raises=(OwnTraining, EnrollmentNotFound))
async def withdraw_enrollment(
    command: WithdrawEnrollment, actor: Actor, enrollments: Enrollments, basis: EnrollmentBasis, clock: Clock
) -> None:
    """Managers (of the department), compliance officers and administrators withdraw an enrollment, never their own."""
    facts = await basis.facts(command.module_id, command.user_id)
    oversight_of(actor).require(command.user_id, facts.user_department, EnrollmentNotFound)
    enrollment = await enrollments.for_learning(command.module_id, command.user_id)
    enrollment.require_version(command.expected_versions)
    require_settled(enrollment, clock.now())
    enrollment.withdraw()
    await enrollments.remove(enrollment)
