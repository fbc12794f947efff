"""What progress depends on beside an enrollment, in memory."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from adapters.memory.assessment.tables import ATTEMPTS
from adapters.memory.catalogue.modules import offer_of
from adapters.memory.catalogue.tables import MODULES
from adapters.memory.evidence.tables import CERTIFICATES, RECORDS, VOIDS
from adapters.memory.kit.tables import Tables
from adapters.memory.learning.tables import GRANTS
from adapters.memory.people.merged import ids_of
from adapters.memory.people.tables import USERS
from adapters.memory.people.zones import Zones
from application.kernel.lists import Present
from domain.catalogue.prerequisites import still_required
from domain.evidence.records import TrainingRecord
from domain.learning.completion import NO_ATTEMPTS, AttemptCounts, Eligibility
from domain.learning.cycles import CycleGrant, is_current, newest_grants
from domain.learning.enrollments import Enrollment


class EligibilityRows:
    """The rows that eligibility depends on: those committed, or those that a unit of work sees."""

    def __init__(self, tables: Tables) -> None:
        self._modules = tables(MODULES)
        self._users = tables(USERS)
        self._records = tables(RECORDS)
        self._voids = tables(VOIDS)
        self._certificates = tables(CERTIFICATES)
        self._attempts = tables(ATTEMPTS)
        self._grants = tables(GRANTS)
        self._zones = Zones(tables)

    def of(self, enrollment: Enrollment, at: Present) -> Eligibility:
        """The facts that progress depends on beside the enrollment."""
        user = self._users.peek(enrollment.user_id)
        counting = self.counting_records(enrollment.user_id, at)
        own = ids_of(self._users, enrollment.user_id)
        granted = [e for e in self._grants.rows() if e.module_id == enrollment.module_id and e.user_id in own]
        newest = newest_grants(granted)
        of_module = (each.recorded for each in counting if each.training.module_id == enrollment.module_id)
        proven = any(each.is_current(newest) for each in of_module)
        return Eligibility(
            self.missing_prerequisites(enrollment.module_id, counting),
            self._attempt_counts(enrollment, own, newest),
            sum(each.user_id == enrollment.user_id for each in granted),
            nameless=user is not None and user.is_nameless,
            lapsed=enrollment.completed_at is not None and not proven,
        )

    def counting_records(self, user_id: UUID, at: Present) -> list[TrainingRecord]:
        """The user's records that count today, where the user is."""
        revoked = (each.record_id for each in self._certificates.rows() if each.revoked_at is not None)
        annulled = {*(each.record_id for each in self._voids.rows()), *revoked}
        ids = ids_of(self._users, user_id)
        own = (record for record in self._records.rows() if record.person.user_id in ids)
        today = at.day_in(self._zones.of(user_id))
        return [each for each in own if each.counts_on(today, revoked=each.id in annulled)]

    def missing_prerequisites(self, module_id: UUID, counting: Collection[TrainingRecord]) -> tuple[UUID, ...]:
        """The published prerequisites without any of these records, in order of id."""
        held = {each.training.module_id for each in counting}
        owner = self._modules.peek(module_id)
        first = owner.prerequisites if owner else ()
        return still_required(first, {each.id: offer_of(each) for each in map(self._modules.peek, first) if each}, held)

    def _attempt_counts(
        self, enrollment: Enrollment, own: Collection[UUID], newest: Collection[CycleGrant]
    ) -> dict[UUID, AttemptCounts]:
        quizzes = (enrollment.module_id, enrollment.version_number)
        counts: dict[UUID, AttemptCounts] = {}
        for attempt in self._attempts.rows():
            if (attempt.module_id, attempt.version_number) != quizzes or attempt.user_id not in own:
                continue
            if attempt.is_graded and is_current(newest, attempt.user_id, attempt.grant_number, attempt.started_at):
                so_far = counts.get(attempt.section_id, NO_ATTEMPTS)
                last = max(filter(None, (so_far.last_at, attempt.submitted_at)), default=None)
                counts[attempt.section_id] = AttemptCounts(so_far.graded + 1, last)
        return counts
