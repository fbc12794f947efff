"""What becomes due by time alone: attempts at their deadline, modules at the end of their minimum time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.assessment.ports import Attempts
from application.catalogue.ports import Versions
from application.kernel.access import Actor, the_system
from application.kernel.bus import handles
from application.kernel.days import Calendar
from application.kernel.messages import Command, Query
from application.kernel.ports import Clock
from application.kernel.settling import SettleFirst
from application.learning.ports import Enrollments
from domain.learning.enrollment_events import EnrollmentNotFound
from domain.learning.enrollments import Enrollment


@dataclass(frozen=True, slots=True)
class SettleEnrollment(Command[None]):
    """Carry out what became due in an enrollment. Repeating it changes nothing."""

    module_id: UUID
    user_id: UUID


@handles(SettleEnrollment, allow=the_system, internal=True)
async def settle_enrollment(
    command: SettleEnrollment,
    actor: Actor,
    enrollments: Enrollments,
    attempts: Attempts,
    versions: Versions,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """The service grades overdue attempts as of their deadline, and completes modules that only lacked time.

    Open attempts that belong to no cycle any more are superseded.
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
        eligibility = await enrollments.eligibility(enrollment, calendar.day_of(now))
        expected = [each.overdue_from for each in open_ones if each.is_open and each.overdue_from]
        enrollment.settle(version, eligibility, expected, now=now)


@dataclass(frozen=True, slots=True)
class DueEnrollment:
    """An enrollment in which time alone may have changed something, since `settles_at`."""

    settles_at: datetime
    module_id: UUID
    user_id: UUID


class DueReader(Protocol):
    """Finds what is due, one statement a call."""

    async def due(self, now: datetime, after: DueEnrollment | None, limit: int) -> list[DueEnrollment]:
        """Enrollments that are due, the longest due first, after the one at `after`."""


@dataclass(frozen=True, slots=True)
class ListDue(Query[list[DueEnrollment]]):
    """Enrollments in which something became due, after the one at `after`."""

    after: DueEnrollment | None = None
    limit: int = 500


@handles(ListDue, allow=the_system, internal=True)
async def list_due(query: ListDue, actor: Actor, enrollments: DueReader, clock: Clock) -> list[DueEnrollment]:
    """The service and its operators look for what is due, the longest due first."""
    return await enrollments.due(clock.now(), query.after, query.limit)


def require_settled(enrollment: Enrollment, now: datetime) -> None:
    """Raises SettleFirst when something became due that has not taken effect."""
    if enrollment.is_due(now):
        raise SettleFirst(SettleEnrollment(enrollment.module_id, enrollment.user_id))


async def give_up_attempts(enrollment: Enrollment, attempts: Attempts, *, now: datetime) -> None:
    """Supersede the open attempts of a cycle that ends here."""
    for attempt in await attempts.open_at(enrollment.module_id, enrollment.user_id):
        attempt.supersede(now=now)
