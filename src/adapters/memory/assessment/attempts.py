"""Quiz attempts in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from adapters.memory.assessment.tables import ATTEMPTS
from adapters.memory.catalogue.tables import MODULES
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import newest_first
from adapters.memory.people.merged import covers, covers_row, ids_of
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.assessment.ports import Attempts, OpenAttempts, UngradedAttempts
from application.assessment.queries import AttemptReader, AttemptSummary, QuizQuestions, QuizTries, StoredGrade
from application.assessment.views import AttemptView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.assessment.attempt_events import AttemptSuperseded
from domain.assessment.attempts import AttemptAlreadyOpen, AttemptNotFound, QuizAttempt
from domain.assessment.grading import Grade
from domain.assessment.item_statistics import Try
from domain.catalogue.module_life import ModuleStatus


@serves(Attempts)
@serves(UngradedAttempts)
class MemoryAttempts:
    """Implements application.assessment.ports.Attempts."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._attempts = unit.draft(ATTEMPTS)
        self._users = unit.draft(USERS)

    async def find(self, attempt_id: UUID) -> QuizAttempt:
        return await self.get(attempt_id)

    async def get(self, attempt_id: UUID) -> QuizAttempt:
        attempt = self._attempts.load(attempt_id)
        if attempt is None:
            raise AttemptNotFound
        return attempt

    async def open_of(self, cycle_id: UUID, section_id: UUID) -> QuizAttempt | None:
        found = next((each for each in self._of(cycle_id, section_id) if each.is_open), None)
        return None if found is None else self._attempts.load(found.id)

    async def ungraded_of(self, user_id: UUID) -> list[QuizAttempt]:
        own = ids_of(self._users, user_id)
        found = sorted(e.id for e in self._attempts.rows() if e.user_id in own and not e.is_graded)
        return [attempt for attempt_id in found if (attempt := self._attempts.load(attempt_id))]

    async def number_of(self, user_id: UUID) -> int:
        own = ids_of(self._users, user_id)
        return sum(each.user_id in own for each in self._attempts.rows())

    async def count(self, module_id: UUID, user_id: UUID, section_id: UUID) -> int:
        quiz, own = (module_id, section_id), ids_of(self._users, user_id)
        return sum((e.module_id, e.section_id) == quiz and e.user_id in own for e in self._attempts.rows())

    async def add(self, attempt: QuizAttempt) -> None:
        for other in self._of(attempt.cycle_id, attempt.section_id):
            if other.is_open or other.number == attempt.number:
                raise AttemptAlreadyOpen
        self._attempts.put(attempt.id, attempt)

    async def keep(self, attempt: QuizAttempt) -> None:
        """Nothing to do: changes are visible at once."""

    def _of(self, cycle_id: UUID, section_id: UUID) -> list[QuizAttempt]:
        return [e for e in self._attempts.rows() if (e.cycle_id, e.section_id) == (cycle_id, section_id)]


@serves(OpenAttempts)
class MemoryOpenAttempts:
    """Implements application.assessment.ports.OpenAttempts."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._attempts = unit.draft(ATTEMPTS)
        self._users = unit.draft(USERS)

    async def open_at(self, module_id: UUID, user_id: UUID) -> list[QuizAttempt]:
        own = ids_of(self._users, user_id)
        found = [e.id for e in self._attempts.rows() if e.module_id == module_id and e.user_id in own and e.is_open]
        return [attempt for attempt_id in sorted(found) if (attempt := self._attempts.load(attempt_id))]

    async def keep(self, attempt: QuizAttempt) -> None:
        """What has changed counts at once here."""

    async def supersede(
        self, module_id: UUID, user_ids: Sequence[UUID], but_at: Collection[UUID], now: datetime
    ) -> list[AttemptSuperseded]:
        found = sorted(
            each.id
            for each in self._attempts.rows()
            if each.module_id == module_id and each.user_id in user_ids and each.is_open
            if each.section_id not in but_at
        )
        told: list[AttemptSuperseded] = []
        for attempt in filter(None, map(self._attempts.load, found)):
            attempt.supersede(now=now)
            told += [event for event in attempt.take_events() if isinstance(event, AttemptSuperseded)]
        return told


@serves(AttemptReader)
class MemoryAttemptReader:
    """Implements application.assessment.queries.AttemptReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._attempts = store.table(ATTEMPTS)
        self._modules = store.table(MODULES)
        self._users = store.table(USERS)

    async def of_enrollment(
        self, scope: Scope, module_id: UUID, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[AttemptSummary] | None:
        if not covers(self._users, scope, user_id):
            return None
        module = self._modules.peek(module_id)
        if module is None or (module.status is ModuleStatus.DRAFT and not scope.sees_drafts):
            return None
        own = ids_of(self._users, user_id)
        rows = (e for e in self._attempts.rows() if e.module_id == module_id and e.user_id in own)
        return newest_first(rows, lambda e: (e.started_at, e.id), _summary, after=after, limit=limit)

    async def detail(self, scope: Scope, attempt_id: UUID) -> AttemptView | None:
        attempt = self._attempts.peek(attempt_id)
        if attempt is None or not covers_row(self._users, scope, attempt.user_id):
            return None
        return AttemptView.of(attempt)

    async def of_person(self, user_id: UUID, after: Cursor | None, limit: int) -> Page[AttemptView]:
        own = ids_of(self._users, user_id)
        rows = (each for each in self._attempts.rows() if each.user_id in own)
        return newest_first(rows, lambda e: (e.started_at, e.id), AttemptView.of, after=after, limit=limit)

    async def questions(self, module_id: UUID, section_id: UUID) -> QuizQuestions | None:
        module = self._modules.peek(module_id)
        for section in module.sections if module else ():
            if section.id == section_id:
                return QuizQuestions({each.id: deepcopy(each.metadata) for each in section.questions})
        return None

    async def tries(self, section_id: UUID, limit: int) -> QuizTries:
        graded = [each for each in self._attempts.rows() if each.section_id == section_id and each.is_graded]
        graded.sort(key=lambda each: (each.submitted_at, each.id), reverse=True)
        return QuizTries([Try(each.marks, each.answers) for each in graded[:limit]])

    async def graded(self, after: UUID | None, limit: int) -> list[StoredGrade]:
        behind = (e for e in self._attempts.rows() if e.is_graded and (after is None or e.id > after))
        return [_stored(each) for each in sorted(behind, key=lambda each: each.id)[:limit]]


def _summary(attempt: QuizAttempt) -> AttemptSummary:
    return AttemptSummary(
        attempt.id,
        attempt.section_id,
        attempt.version_number,
        attempt.number,
        attempt.status,
        attempt.started_at,
        attempt.deadline,
        attempt.submitted_at,
        attempt.max_points,
        attempt.points,
        attempt.percent,
        attempt.passed,
    )


def _stored(attempt: QuizAttempt) -> StoredGrade:
    grade = Grade(attempt.points or 0, attempt.max_points, attempt.percent or 0, bool(attempt.passed), attempt.marks)
    return StoredGrade(attempt.id, attempt.items, attempt.answers, attempt.policy, grade)
