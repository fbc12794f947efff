"""How a graded attempt changes its enrollment."""

from __future__ import annotations

from collections.abc import Sequence

from application.catalogue.ports import Versions
from application.kernel.access import Actor
from application.kernel.days import Calendar
from application.kernel.ports import Clock
from application.kernel.reactions import reacts
from application.learning.ports import Enrollments
from domain.assessment.attempts import AttemptGraded
from domain.learning.enrollment_events import EnrollmentNotFound


@reacts(AttemptGraded)
async def count_attempts(
    events: Sequence[AttemptGraded],
    actor: Actor,
    enrollments: Enrollments,
    versions: Versions,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """An attempt that passed completes its section, as of its submission or its deadline.

    It counts only in the cycle in which it was made: not after a withdrawal, and not in a later cycle.
    """
    now = clock.now()
    for event in events:
        if event.quiz_pass is None:
            continue
        try:
            enrollment = await enrollments.get(event.module_id, event.user_id)
        except EnrollmentNotFound:
            continue
        if enrollment.cycle_id == event.cycle_id:
            version = await versions.get(enrollment.module_id, enrollment.version_number)
            eligibility = await enrollments.eligibility(enrollment, calendar.day_of(now))
            enrollment.pass_quiz(event.section_id, version, eligibility, event.quiz_pass, now=event.submitted_at)
            enrollment.finish(version, eligibility, now=now)
