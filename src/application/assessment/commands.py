"""Attempts at quizzes: starting, saving answers, submitting. Learners act for themselves only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from application.assessment.ports import Attempts
from application.assessment.views import AttemptView
from application.kernel.access import Actor, anyone
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Chance, Clock, Ids
from application.kernel.settling import SettleFirst
from application.learning.ports import Enrollments
from application.learning.progress.rules import CourseRules
from application.learning.settling import SettleEnrollment, require_settled
from domain.assessment.attempts import AttemptAlreadyOpen, AttemptClosed, AttemptExpired, AttemptNotFound, QuizAttempt
from domain.assessment.grading import LONGEST_ANSWER, GivenAnswer
from domain.catalogue.sections import MAX_QUESTIONS, SectionIsNotAQuiz, SectionNotFound
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.values import Items
from domain.learning.completion import Blocked
from domain.learning.enrollment_events import EnrollmentNotFound

GivenAnswers = Annotated[Mapping[UUID, Annotated[GivenAnswer, LONGEST_ANSWER]], Items(MAX_QUESTIONS)]


@dataclass(frozen=True, slots=True)
class StartAttempt(Command[AttemptView]):
    """Start an attempt at a quiz."""

    module_id: UUID
    section_id: UUID


@handles(
    StartAttempt,
    allow=anyone,
    raises=(EnrollmentNotFound, SectionNotFound, SectionIsNotAQuiz, Blocked, AttemptAlreadyOpen),
)
async def start_attempt(
    command: StartAttempt,
    actor: Actor,
    attempts: Attempts,
    enrollments: Enrollments,
    rules: CourseRules,
    chance: Chance,
    ids: Ids,
    clock: Clock,
) -> AttemptView:
    """Learners start an attempt at a quiz of a module that they are enrolled in. An open attempt is returned instead.

    An attempt whose time is over is graded first, with the answers saved in time, and counts towards the rules.
    """
    if actor.user_id is None:
        raise EnrollmentNotFound
    now = clock.now()
    enrollment = await enrollments.for_learning(command.module_id, actor.user_id)
    require_settled(enrollment, now)
    version = await rules.version(enrollment)
    attempt = await attempts.open_of(enrollment.cycle_id, command.section_id)
    if attempt is not None:
        return AttemptView.of(attempt)
    eligibility = await rules.eligibility(enrollment, now)
    enrollment.try_quiz(command.section_id, version, eligibility, now=now)
    attempt = QuizAttempt.start(
        ids.new(),
        enrollment,
        version,
        command.section_id,
        number=1 + await attempts.count(enrollment.module_id, enrollment.user_id, command.section_id),
        grant_number=eligibility.grants,
        seed=chance.seed(),
        now=now,
    )
    await attempts.add(attempt)
    return AttemptView.of(attempt)


@dataclass(frozen=True, slots=True)
class SaveAnswers(Command[AttemptView]):
    """Save answers; they replace earlier ones to the same questions, and null removes one."""

    attempt_id: UUID
    answers: GivenAnswers
    expected_versions: ExpectedVersions = None


@handles(SaveAnswers, allow=anyone, raises=(AttemptNotFound, AttemptClosed, AttemptExpired))
async def save_answers(command: SaveAnswers, actor: Actor, attempts: Attempts, clock: Clock) -> AttemptView:
    """Learners save answers of their own open attempt, until its time is over: then it is graded."""
    now = clock.now()
    attempt = await attempts.get(command.attempt_id)
    if attempt.user_id != actor.user_id:
        raise AttemptNotFound
    if attempt.is_overdue(now):
        raise SettleFirst(SettleEnrollment(attempt.module_id, attempt.user_id))
    attempt.require_time(now)
    attempt.require_version(command.expected_versions)
    attempt.save(command.answers, now=now)
    return AttemptView.of(attempt)


@dataclass(frozen=True, slots=True)
class SubmitAttempt(Command[AttemptView]):
    """Submit an attempt, with any last answers."""

    attempt_id: UUID
    answers: GivenAnswers | None = None


@handles(SubmitAttempt, allow=anyone, raises=(AttemptNotFound, AttemptClosed, AttemptExpired))
async def submit_attempt(
    command: SubmitAttempt,
    actor: Actor,
    attempts: Attempts,
    enrollments: Enrollments,
    clock: Clock,
) -> AttemptView:
    """Learners submit their own attempt, which is graded at once; passing completes the section.

    After the deadline, the answers saved in time are graded. If a new cycle of the training has begun meanwhile, the
    attempt is not graded but superseded.
    """
    now = clock.now()
    seen = await attempts.find(command.attempt_id)
    if seen.user_id != actor.user_id:
        raise AttemptNotFound
    if seen.is_overdue(now):
        raise SettleFirst(SettleEnrollment(seen.module_id, seen.user_id))
    counts = await _counts(seen, enrollments)
    attempt = await attempts.get(command.attempt_id)
    if not counts and attempt.is_open:
        attempt.supersede(now=now)
        return AttemptView.of(attempt)
    attempt.submit(command.answers, now=now)
    await attempts.keep(attempt)
    return AttemptView.of(attempt)


async def _counts(attempt: QuizAttempt, enrollments: Enrollments) -> bool:
    """Whether the learner is still in the cycle of the attempt; the enrollment is locked until the unit of work ends.

    The enrollment is always locked before the attempt.
    """
    try:
        enrollment = await enrollments.for_learning(attempt.module_id, attempt.user_id)
    except EnrollmentNotFound:
        return False
    return attempt.belongs_to(enrollment)
