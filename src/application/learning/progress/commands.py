"""Learning, section by section. Nobody can learn for somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from application.kernel.access import Actor, anyone, overseers, oversight_of, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.learning.ports import EnrollmentBasis, Enrollments
from application.learning.progress.queries import Progress, ProgressFacts
from application.learning.progress.rules import CourseRules
from application.learning.settling import require_settled
from application.people.days import PersonalDays
from domain.catalogue.module_life import ModuleNotPublished, offered_version
from domain.catalogue.sections import SectionNotFound
from domain.catalogue.versions import ModuleVersion
from domain.kernel.errors import Forbidden
from domain.kernel.oversight import OwnTraining
from domain.kernel.values import Text
from domain.learning.completion import Blocked, Eligibility
from domain.learning.cycles import GrantReason
from domain.learning.enrollment_events import CycleIncomplete, EnrollmentNotFound
from domain.learning.enrollments import Enrollment
from domain.people.user_errors import UserInactive, UserIsMerged


@dataclass(frozen=True, slots=True)
class StartModule(Command[Progress]):
    """Begin to learn."""

    module_id: UUID
    user_id: UUID


@handles(StartModule, allow=anyone, raises=(Forbidden, EnrollmentNotFound))
async def start_module(
    command: StartModule,
    actor: Actor,
    enrollments: Enrollments,
    basis: EnrollmentBasis,
    rules: CourseRules,
    clock: Clock,
) -> Progress:
    """Learners begin with a module that they are enrolled in; a minimum time counts from here.

    Repeating it changes nothing.
    """
    now = clock.now()
    enrollment = await own_enrollment(enrollments, basis, command.module_id, command.user_id, actor, now)
    enrollment.start(now=now)
    version = await rules.version(enrollment)
    return progress_of(enrollment, version, await rules.eligibility(enrollment, now), now)


@dataclass(frozen=True, slots=True)
class CompleteSection(Command[Progress]):
    """Complete a section. To complete an attestation, send its statement word for word."""

    module_id: UUID
    user_id: UUID
    section_id: UUID
    attestation: Annotated[str, Text(5_000, form="as_typed")] | None = None


@handles(CompleteSection, allow=anyone, raises=(Forbidden, EnrollmentNotFound, SectionNotFound, Blocked))
async def complete_section(
    command: CompleteSection,
    actor: Actor,
    enrollments: Enrollments,
    basis: EnrollmentBasis,
    rules: CourseRules,
    clock: Clock,
) -> Progress:
    """Learners complete a section for themselves; repeating it changes nothing. The last one completes the module.

    If a rule is not met, the answer names it. A quiz is completed by passing it.
    """
    now = clock.now()
    enrollment = await own_enrollment(enrollments, basis, command.module_id, command.user_id, actor, now)
    version = await rules.version(enrollment)
    eligibility = await rules.eligibility(enrollment, now)
    enrollment.complete_section(command.section_id, version, eligibility, attestation=command.attestation, now=now)
    return progress_of(enrollment, version, eligibility, now)


@dataclass(frozen=True, slots=True)
class RenewEnrollment(Command[Progress]):
    """Begin a new cycle of a training, in the version offered now, with new attempts at its quizzes."""

    module_id: UUID
    user_id: UUID
    reason: GrantReason


@handles(
    RenewEnrollment,
    allow=overseers,
    raises=(OwnTraining, EnrollmentNotFound, ModuleNotPublished, UserIsMerged, UserInactive, CycleIncomplete),
)
async def renew_enrollment(
    command: RenewEnrollment,
    actor: Actor,
    enrollments: Enrollments,
    basis: EnrollmentBasis,
    rules: CourseRules,
    days: PersonalDays,
    ids: Ids,
    clock: Clock,
) -> Progress:
    """Managers (of the department), compliance officers and administrators begin a new cycle for somebody else.

    The current one must be completed, or its attempts used up. Its record is kept. Inactive users cannot begin a new
    cycle.
    """
    now = clock.now()
    facts = await basis.facts(command.module_id, command.user_id)
    oversight_of(actor).require(command.user_id, facts.user_department, EnrollmentNotFound)
    if not facts.already_enrolled:
        raise EnrollmentNotFound  # first, so that a hidden draft looks like a missing module
    version_number = offered_version(await basis.offer(command.module_id))
    enrollment = await enrollments.for_learning(command.module_id, command.user_id)
    facts.require_active_user()
    require_settled(enrollment, now)
    version = await rules.version(enrollment)
    standing = enrollment.standing(version, await rules.eligibility(enrollment, now))
    local, reason = await days.of(command.user_id), command.reason
    grant = enrollment.renew(version_number, ids.new(), standing, reason=reason, by=actor.id, now=now, days=local)
    await enrollments.keep_grant(grant)
    version = await rules.version(enrollment)
    return progress_of(enrollment, version, await rules.eligibility(enrollment, now), now)


async def own_enrollment(
    enrollments: Enrollments, basis: EnrollmentBasis, module_id: UUID, user_id: UUID, actor: Actor, now: datetime
) -> Enrollment:
    """The learner's own, kept for this unit of work, with all that time has brought.

    Raises EnrollmentNotFound for somebody whom the actor does not see, Forbidden for anybody else.
    """
    if user_id != actor.user_id:
        facts = await basis.facts(module_id, user_id)
        if facts.already_enrolled and scope_of(actor).covers(user_id, facts.user_department):
            raise Forbidden("Nobody can learn for somebody else.")
        raise EnrollmentNotFound
    enrollment = await enrollments.for_learning(module_id, user_id)
    require_settled(enrollment, now)
    return enrollment


def progress_of(enrollment: Enrollment, version: ModuleVersion, eligibility: Eligibility, now: datetime) -> Progress:
    """How far the learner is after what was just done."""
    return Progress.of(ProgressFacts.of(enrollment, enrollment.standing(version, eligibility)), now)
