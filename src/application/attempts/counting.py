"""Letting a graded attempt count in the enrollment that it was made for."""

from __future__ import annotations

from datetime import datetime

from application.access import Actor
from application.learning.finishing import record_completion
from application.ports import (
    Certificates,
    Enrollments,
    Ids,
    Records,
    Serials,
    Users,
    Versions,
)
from domain.attempts import QuizAttempt
from domain.enrollments import Enrollment, EnrollmentNotFound


async def home_of(attempt: QuizAttempt, enrollments: Enrollments) -> Enrollment | None:
    """The enrollment in which the attempt counts, kept for this unit of work.

    None when the learner was withdrawn since, or has begun the training anew.
    """
    try:
        enrollment = await enrollments.for_learning(attempt.module_id, attempt.user_id)
    except EnrollmentNotFound:
        return None
    return enrollment if attempt.belongs_to(enrollment) else None


async def count_in(
    attempt: QuizAttempt,
    enrollment: Enrollment,
    actor: Actor,
    enrollments: Enrollments,
    versions: Versions,
    users: Users,
    records: Records,
    certificates: Certificates,
    serials: Serials,
    ids: Ids,
    *,
    now: datetime,
) -> None:
    """Complete the section with an attempt that passed, as of when it was handed in or its time was over.

    Where that was the last one the module is completed.
    """
    passed = attempt.quiz_pass
    if passed is None:
        return
    version = await versions.get(enrollment.module_id, enrollment.version_number)
    hurdles = await enrollments.hurdles(enrollment, now.date())
    if enrollment.pass_quiz(attempt.section_id, version, hurdles, passed, now=attempt.submitted_at or now):
        await record_completion(enrollment, version, actor, users, records, certificates, serials, ids, now=now)
