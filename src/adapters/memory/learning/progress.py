"""Progress in memory."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from datetime import date, datetime
from uuid import UUID

from adapters.memory.assessment.tables import ATTEMPTS
from adapters.memory.catalogue.modules import offer_of
from adapters.memory.catalogue.tables import MODULES, VERSIONS
from adapters.memory.evidence.tables import CERTIFICATES, RECORDS, VOIDS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.learning.tables import ENROLLMENTS, GRANTS
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.kernel.access import Scope
from application.learning.progress.queries import ConfirmedStatement, ProgressFacts, ProgressReader
from application.learning.settling import DueEnrollment, DueReader
from domain.assessment.attempts import QuizAttempt
from domain.catalogue.modules import TrainingModule
from domain.catalogue.prerequisites import still_required
from domain.evidence.certificates import Certificate
from domain.evidence.records import TrainingRecord
from domain.evidence.voiding import RecordVoid
from domain.learning.completion import AttemptCounts, Eligibility
from domain.learning.cycles import CycleGrant
from domain.learning.enrollments import Enrollment
from domain.people.users import User


def annulled_by(voids: Iterable[RecordVoid], certificates: Iterable[Certificate]) -> frozenset[UUID]:
    """The records that are void, or whose certificates are revoked."""
    revoked = (each.record_id for each in certificates if each.revoked_at is not None)
    return frozenset((*(each.record_id for each in voids), *revoked))


def counting_records(
    user_id: UUID, records: Iterable[TrainingRecord], annulled: Container[UUID], today: date
) -> list[TrainingRecord]:
    """The user's records that count on this day."""
    own = (record for record in records if record.person.user_id == user_id)
    return [each for each in own if each.counts_on(today, revoked=each.id in annulled)]


def missing_prerequisites(
    module_id: UUID, module: Callable[[UUID], TrainingModule | None], counting: Iterable[TrainingRecord]
) -> tuple[UUID, ...]:
    """The published prerequisites without any of these records, in order of id."""
    held = {each.training.module_id for each in counting}
    owner = module(module_id)
    first = owner.prerequisites if owner else ()
    return still_required(first, {each.id: offer_of(each) for each in map(module, first) if each}, held)


def eligibility_of(
    enrollment: Enrollment,
    module: Callable[[UUID], TrainingModule | None],
    user: User | None,
    records: Iterable[TrainingRecord],
    annulled: Container[UUID],
    attempts: Iterable[QuizAttempt],
    grants: Iterable[CycleGrant],
    today: date,
) -> Eligibility:
    """The facts that progress depends on beside the enrollment."""
    counting = counting_records(enrollment.user_id, records, annulled, today)
    missing = missing_prerequisites(enrollment.module_id, module, counting)
    this = (enrollment.module_id, enrollment.user_id)
    granted = [each for each in grants if (each.module_id, each.user_id) == this]
    newest = max(granted, key=lambda grant: grant.number, default=None)
    of_module = (each.recorded for each in counting if each.training.module_id == enrollment.module_id)
    proven = any(each.belongs_to(newest) for each in of_module)
    series = (*this, enrollment.version_number, len(granted))
    attempt_counts: dict[UUID, AttemptCounts] = {}
    for attempt in attempts:
        made_in = (attempt.module_id, attempt.user_id, attempt.version_number, attempt.grant_number)
        if made_in == series and attempt.is_graded:
            so_far = attempt_counts.get(attempt.section_id)
            last = attempt.submitted_at if so_far is None else max(filter(None, (so_far.last_at, attempt.submitted_at)))
            attempt_counts[attempt.section_id] = AttemptCounts(1 + (so_far.graded if so_far else 0), last)
    return Eligibility(
        missing,
        attempt_counts,
        len(granted),
        nameless=user is not None and user.is_nameless,
        lapsed=enrollment.completed_at is not None and not proven,
    )


@serves(ProgressReader)
class MemoryProgressReader:
    """Implements application.learning.progress.queries.ProgressReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._enrollments = store.table(ENROLLMENTS)
        self._modules = store.table(MODULES)
        self._versions = store.table(VERSIONS)
        self._users = store.table(USERS)
        self._records = store.table(RECORDS)
        self._voids = store.table(VOIDS)
        self._certificates = store.table(CERTIFICATES)
        self._attempts = store.table(ATTEMPTS)
        self._grants = store.table(GRANTS)

    async def confirmed_by(self, user_id: UUID) -> list[ConfirmedStatement]:
        found = [
            ConfirmedStatement(enrollment.module_id, each.section_id, each.attestation, each.completed_at)
            for enrollment in self._enrollments.rows.values()
            if enrollment.user_id == user_id
            for each in enrollment.completions
            if each.attestation is not None
        ]
        return sorted(found, key=lambda each: (each.confirmed_at, each.section_id), reverse=True)

    async def of(self, scope: Scope, module_id: UUID, user_id: UUID, today: date) -> ProgressFacts | None:
        enrollment = self._enrollments.rows.get((module_id, user_id))
        user = self._users.rows.get(user_id)
        if enrollment is None or user is None or not scope.covers(user_id, user.department):
            return None
        version = self._versions.rows[module_id, enrollment.version_number]
        records = self._records.rows.values()
        annulled = annulled_by(self._voids.rows.values(), self._certificates.rows.values())
        attempts, grants = self._attempts.rows.values(), self._grants.rows.values()
        module = self._modules.rows.get
        eligibility = eligibility_of(enrollment, module, user, records, annulled, attempts, grants, today)
        return ProgressFacts.of(enrollment, enrollment.standing(version, eligibility))


@serves(DueReader)
class MemoryDueReader:
    """Implements application.learning.settling.DueReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._enrollments = store.table(ENROLLMENTS)

    async def due(self, now: datetime, after: DueEnrollment | None, limit: int) -> list[DueEnrollment]:
        found = [
            DueEnrollment(each.settles_at, each.module_id, each.user_id)
            for each in self._enrollments.rows.values()
            if each.settles_at is not None and each.settles_at <= now
        ]
        found.sort(key=_place)
        return [each for each in found if after is None or _place(each) > _place(after)][:limit]


def _place(due: DueEnrollment) -> tuple[datetime, UUID, UUID]:
    return due.settles_at, due.module_id, due.user_id
