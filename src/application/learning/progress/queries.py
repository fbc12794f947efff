"""Looking at how far somebody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, scope_of
from application.kernel.handlers import handles
from application.kernel.lists import Present
from application.kernel.messages import Query
from application.kernel.ports import Calendar, Clock
from application.kernel.settling import SettleFirst
from application.learning.settling import SettleEnrollment
from domain.learning.completion import LearnerStanding, SectionProgress, UnmetRule
from domain.learning.enrollment_events import EnrollmentNotFound
from domain.learning.enrollments import Enrollment


@dataclass(slots=True)
class Progress:
    """How far somebody is in a module, and where to go on.

    `blocked_by` says why the module is not completed although every section is, or why its completion no longer
    counts. `record_id` is the record that completed it, where it was not earned by going through the
    sections. It has no version, because it also depends on other modules, on attempts and on the time.
    """

    module_id: UUID
    user_id: UUID
    version_number: int
    started_at: datetime | None
    completed_at: datetime | None
    record_id: UUID | None
    percent: int
    next_section_id: UUID | None
    sections: list[SectionProgress]
    blocked_by: tuple[UnmetRule, ...]
    enrollment_version: int

    @classmethod
    def of(cls, found: ProgressFacts, now: datetime) -> Progress:
        standing, completed = found.standing, found.completed_at is not None
        finishing = standing.blocks_on_finishing(now) if standing.all_done else ()
        return cls(
            found.module_id,
            found.user_id,
            found.version_number,
            standing.started_at,
            found.completed_at,
            found.record_id,
            100 if completed else standing.percent,
            None if completed else standing.next_section(now),
            standing.sections(now),
            standing.blocks_on_evidence() if completed else finishing,
            found.version,
        )


@dataclass(frozen=True, slots=True)
class ProgressFacts:
    """An enrollment with where the learner stands."""

    module_id: UUID
    user_id: UUID
    version_number: int
    completed_at: datetime | None
    settles_at: datetime | None
    record_id: UUID | None
    version: int
    standing: LearnerStanding

    def is_due(self, now: datetime) -> bool:
        """Whether something became due, by time or by a change elsewhere, that has not taken effect yet."""
        if self.settles_at is not None and self.settles_at <= now:
            return True
        return self.completed_at is None and self.standing.all_done and not self.standing.blocks_on_finishing(now)

    @classmethod
    def of(cls, enrollment: Enrollment, standing: LearnerStanding) -> ProgressFacts:
        return cls(
            enrollment.module_id,
            enrollment.user_id,
            enrollment.version_number,
            enrollment.completed_at,
            enrollment.settles_at,
            enrollment.record_id,
            enrollment.version,
            standing,
        )


@dataclass(slots=True)
class ConfirmedStatement:
    """A statement that the learner confirmed, word for word, in a cycle that counts."""

    module_id: UUID
    section_id: UUID
    statement: str
    confirmed_at: datetime


class ProgressReader(Protocol):
    """Reads progress, one statement a call."""

    async def confirmed_by(self, user_id: UUID) -> list[ConfirmedStatement]:
        """What the user has confirmed, newest first; for the user's own data."""

    async def of(self, scope: Scope, module_id: UUID, user_id: UUID, at: Present) -> ProgressFacts | None:
        """Where the learner stands, None when no user within the scope is enrolled so."""


@dataclass(frozen=True, slots=True)
class ReadProgress(Query[Progress]):
    """The progress of a person in a module."""

    module_id: UUID
    user_id: UUID


@handles(ReadProgress, allow=anyone, raises=(EnrollmentNotFound,))
async def read_progress(
    query: ReadProgress, actor: Actor, progress: ProgressReader, clock: Clock, calendar: Calendar
) -> Progress:
    """Show progress to that person, to managers of the department, to compliance and administrators."""
    now = clock.now()
    found = await progress.of(scope_of(actor), query.module_id, query.user_id, Present.at(now, calendar))
    if found is None:
        raise EnrollmentNotFound
    if found.is_due(now):
        raise SettleFirst(SettleEnrollment(query.module_id, query.user_id))
    return Progress.of(found, now)
