"""Reading attempts, and the statistics of questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.assessment.views import AttemptView
from application.kernel.access import Actor, Scope, anyone, authors, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.ports import Clock
from application.kernel.settling import SettleFirst
from application.learning.settling import SettleEnrollment
from domain.assessment.attempts import AttemptNotFound, AttemptStatus, is_overdue
from domain.assessment.grading import Answers, Grade, QuizPolicy
from domain.assessment.item_statistics import ItemStatistics, Try, item_statistics
from domain.assessment.question_drawing import Item
from domain.catalogue.questions import QuestionMetadata
from domain.catalogue.sections import SectionNotFound
from domain.learning.enrollment_events import EnrollmentNotFound

RECENT = 2_000
"""How many of the newest attempts statistics are based on."""


@dataclass(slots=True)
class AttemptSummary:
    """An attempt as a list shows it, without its questions."""

    id: UUID
    section_id: UUID
    version_number: int
    number: int
    status: AttemptStatus
    started_at: datetime
    deadline: datetime | None
    submitted_at: datetime | None
    max_points: int
    points: float | None
    percent: float | None
    passed: bool | None


@dataclass(slots=True)
class QuizQuestions:
    """The questions of a quiz as they are now, in order, by id."""

    metadata: dict[UUID, QuestionMetadata]


@dataclass(slots=True)
class QuizTries:
    """Graded attempts at a quiz, the newest first."""

    tries: list[Try]


@dataclass(frozen=True, slots=True)
class StoredGrade:
    """What a graded attempt is based on, and its stored grade."""

    attempt_id: UUID
    items: tuple[Item, ...]
    answers: Answers
    policy: QuizPolicy
    grade: Grade


class AttemptReader(Protocol):
    """Reads attempts with one statement per call."""

    async def of_enrollment(
        self, scope: Scope, module_id: UUID, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[AttemptSummary] | None:
        """The user's attempts at the quizzes of the module, of all cycles, newest first.

        None when there is no such module, or no such user within the scope. Drafts are found only where the
        scope sees them.
        """

    async def detail(self, scope: Scope, attempt_id: UUID) -> AttemptView | None:
        """The attempt as it is stored, None when no user within the scope has made it."""

    async def of_person(self, user_id: UUID, after: Cursor | None, limit: int) -> Page[AttemptView]:
        """All attempts of the user, newest first, with what was asked and answered; for the user's own data."""

    async def questions(self, module_id: UUID, section_id: UUID) -> QuizQuestions | None:
        """None when the module has no such section."""

    async def tries(self, section_id: UUID, limit: int) -> QuizTries:
        """The newest `limit` graded attempts."""

    async def graded(self, after: UUID | None, limit: int) -> list[StoredGrade]:
        """The graded attempts in order of id, after the id `after`."""


@dataclass(frozen=True, slots=True)
class ListAttempts(Query[Page[AttemptSummary]]):
    """Somebody's attempts at the quizzes of a module, newest first."""

    module_id: UUID
    user_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListAttempts, allow=anyone, raises=(EnrollmentNotFound,))
async def list_attempts(
    query: ListAttempts, actor: Actor, attempts: AttemptReader, clock: Clock
) -> Page[AttemptSummary]:
    """Show someone's attempts to that person, to managers of the department, to compliance and administrators.

    An attempt whose time is over is graded, with the answers saved in time.
    """
    page = await attempts.of_enrollment(scope_of(actor), query.module_id, query.user_id, query.cursor, query.limit)
    if page is None:
        raise EnrollmentNotFound
    now = clock.now()
    if any(is_overdue(each.status, each.deadline, now) for each in page.items):
        raise SettleFirst(SettleEnrollment(query.module_id, query.user_id))
    return page


@dataclass(frozen=True, slots=True)
class ReadAttempt(Query[AttemptView]):
    """One attempt, with its questions."""

    attempt_id: UUID


@handles(ReadAttempt, allow=anyone, raises=(AttemptNotFound,))
async def read_attempt(query: ReadAttempt, actor: Actor, attempts: AttemptReader, clock: Clock) -> AttemptView:
    """Show an attempt to that person, to managers of the department, to compliance and administrators.

    Right answers are shown when the quiz allows it, the same to everybody. An attempt whose time is over is graded,
    with the answers saved in time.
    """
    attempt = await attempts.detail(scope_of(actor), query.attempt_id)
    if attempt is None:
        raise AttemptNotFound
    if is_overdue(attempt.status, attempt.deadline, clock.now()):
        raise SettleFirst(SettleEnrollment(attempt.module_id, attempt.user_id))
    return attempt


@dataclass(slots=True)
class QuizStatistics:
    """What the newest graded attempts, 2,000 at most, say about the current questions of the quiz.

    `attempts` is how many there are. Attempts of all versions of the module count; a rewritten question is the same
    question here.
    """

    attempts: int
    items: list[ItemStatistics]


@dataclass(frozen=True, slots=True)
class ReadItemStatistics(Query[QuizStatistics]):
    """Statistics of a quiz's questions: difficulty, discrimination and the answers given."""

    module_id: UUID
    section_id: UUID


@handles(ReadItemStatistics, allow=authors, raises=(SectionNotFound,))
async def read_item_statistics(query: ReadItemStatistics, actor: Actor, attempts: AttemptReader) -> QuizStatistics:
    """Show authors and administrators how the questions of a quiz work, with the right answers."""
    questions = await attempts.questions(query.module_id, query.section_id)
    if questions is None:
        raise SectionNotFound
    found = await attempts.tries(query.section_id, RECENT)
    return QuizStatistics(len(found.tries), item_statistics(questions.metadata, found.tries))
