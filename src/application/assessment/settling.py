"""Carrying out what became due in an enrollment, by time alone, and at its quizzes."""

from __future__ import annotations

from application.assessment.ports import OpenAttempts
from application.catalogue.ports import Versions
from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.lists import Present
from application.kernel.ports import Calendar, Clock
from application.learning.ports import Enrollments
from application.learning.settling import SettleEnrollment
from domain.learning.enrollment_events import EnrollmentNotFound


@handles(SettleEnrollment, allow=the_system, internal=True)
async def settle_enrollment(
    command: SettleEnrollment,
    actor: Actor,
    enrollments: Enrollments,
    attempts: OpenAttempts,
    versions: Versions,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """The service grades overdue attempts as of their deadline, and completes modules that only lacked time.

    Open attempts that no longer belong to a cycle are superseded.
    """
    now = clock.now()
    try:
        enrollment = await enrollments.for_learning(command.module_id, command.user_id)
    except EnrollmentNotFound:
        enrollment = None
    open_ones = await attempts.open_at(command.module_id, command.user_id)
    for attempt in open_ones:
        if enrollment is None or not attempt.belongs_to(enrollment):
            attempt.supersede(now=now)
        attempt.close_overdue(now=now)
        await attempts.keep(attempt)
    if enrollment is not None:
        version = await versions.get(enrollment.module_id, enrollment.version_number)
        eligibility = await enrollments.eligibility(enrollment, Present.at(now, calendar))
        expected = [each.overdue_from for each in open_ones if each.is_open and each.overdue_from]
        enrollment.settle(version, eligibility, expected, now=now)
