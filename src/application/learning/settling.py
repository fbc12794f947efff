"""What becomes due by time alone: attempts at their deadline, modules at the end of their minimum time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command, Query
from application.kernel.ports import Clock
from application.kernel.settling import SettleFirst
from domain.learning.enrollments import Enrollment


@dataclass(frozen=True, slots=True)
class SettleEnrollment(Command[None]):
    """Carry out what became due in an enrollment. Repeating it changes nothing.

    Attempts become due too, so that the handler is among those of assessment, which knows of enrollments.
    """

    module_id: UUID
    user_id: UUID


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
