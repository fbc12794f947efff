"""How attempts and enrollments affect each other."""

from __future__ import annotations

from collections.abc import Sequence

from application.assessment.ports import OpenAttempts
from application.catalogue.ports import Versions
from application.kernel.access import Actor
from application.kernel.lists import Present
from application.kernel.ports import Calendar, Clock
from application.kernel.reactions import reacts
from application.kernel.units import Events
from application.learning.ports import Enrollments
from domain.assessment.attempt_events import AttemptGraded
from domain.learning.enrollment_events import (
    EnrollmentEvent,
    EnrollmentNotFound,
    EnrollmentRenewed,
    EnrollmentsMoved,
    EnrollmentWithdrawn,
)


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
            eligibility = await enrollments.eligibility(enrollment, Present.at(now, calendar))
            enrollment.pass_quiz(event.section_id, version, eligibility, event.quiz_pass, now=event.submitted_at)
            enrollment.finish(version, eligibility, now=now)


@reacts(EnrollmentWithdrawn)
async def give_up_the_withdrawn(
    events: Sequence[EnrollmentWithdrawn], actor: Actor, attempts: OpenAttempts, clock: Clock
) -> None:
    """The open attempts of the withdrawn enrollment are superseded."""
    await _give_up(events, attempts, clock)


@reacts(EnrollmentRenewed)
async def give_up_the_renewed(
    events: Sequence[EnrollmentRenewed], actor: Actor, attempts: OpenAttempts, clock: Clock
) -> None:
    """The open attempts of the earlier cycle are superseded."""
    await _give_up(events, attempts, clock)


@reacts(EnrollmentsMoved)
async def give_up_at_changed_quizzes(
    events: Sequence[EnrollmentsMoved],
    actor: Actor,
    attempts: OpenAttempts,
    versions: Versions,
    happened: Events,
    clock: Clock,
) -> None:
    """The open attempts of moved users are superseded, unless the quiz is unchanged."""
    now = clock.now()
    for event in events:
        earlier = await versions.get(event.module_id, event.from_number)
        as_it_was = earlier.still_counts(await versions.get(event.module_id, event.to_number))
        for given_up in await attempts.supersede(event.module_id, event.user_ids, as_it_was, now):
            happened.record(given_up)


async def _give_up(events: Sequence[EnrollmentEvent], attempts: OpenAttempts, clock: Clock) -> None:
    now = clock.now()
    for event in events:
        for attempt in await attempts.open_at(event.module_id, event.user_id):
            attempt.supersede(now=now)
