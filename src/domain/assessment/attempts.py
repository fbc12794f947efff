"""Attempts at a quiz: what was asked, what was answered in time, and the grade."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.assessment.attempt_events import (
    AnswersForgotten,
    AnswersSaved,
    AttemptGraded,
    AttemptStarted,
    AttemptSuperseded,
)
from domain.assessment.grading import Answers, GivenAnswer, Grade, Mark, QuizPolicy, grade, read_answer
from domain.assessment.question_drawing import Item, draw
from domain.catalogue.sections import Feedback, Quiz, SectionIsNotAQuiz
from domain.catalogue.versions import ModuleVersion
from domain.kernel.aggregate import Aggregate, not_before
from domain.kernel.errors import Conflict, InvalidValue, NotFound
from domain.learning.enrollments import Enrollment


class AttemptStatus(StrEnum):
    """The state of an attempt. A `superseded` attempt was still open when its training or its quiz changed."""

    OPEN = "open"
    GRADED = "graded"
    SUPERSEDED = "superseded"


def reveals(feedback: Feedback, status: AttemptStatus, passed: bool | None) -> bool:
    """Whether the right answers of such an attempt may be seen. After passing means: of the attempt that passed."""
    allowed = {"never": False, "after_submission": True, "after_passing": bool(passed)}
    return status is AttemptStatus.GRADED and allowed[feedback]


def is_overdue(status: AttemptStatus, deadline: datetime | None, now: datetime) -> bool:
    """Whether such an attempt is still open although its time is over; the moment of the deadline is in time."""
    return status is AttemptStatus.OPEN and deadline is not None and now > deadline


class AttemptNotFound(NotFound):
    slug = "attempt-not-found"
    title = "No such attempt"
    sentence = "There is no attempt with this id."


class AttemptAlreadyOpen(Conflict):
    slug = "attempt-under-way"
    title = "Another attempt is open already"
    sentence = "The quiz has an attempt that is still open. Continue that one."


class AttemptClosed(Conflict):
    slug = "attempt-closed"
    title = "The attempt is closed"
    sentence = "The attempt accepts no more answers. Start another one if the rules allow it."


class AttemptExpired(Conflict):
    slug = "attempt-expired"
    title = "The time for the attempt is over"
    sentence = "The time limit has passed. Answers saved in time count."


class QuizAttempt(Aggregate):
    """One try at a quiz. `number` counts from 1 for each person and quiz, through all versions and cycles.

    `grant_number` is that of the newest grant of a cycle when the attempt began, 0 before the first grant. It counts
    until there is a newer one.

    Items and policy are frozen as they were at the start, and answers at the end, so that the grade can be derived
    again. The result is None until the attempt is graded.
    """

    points: float | None
    percent: float | None
    passed: bool | None
    marks: tuple[Mark, ...]

    def __init__(
        self,
        id: UUID,
        enrollment: Enrollment,
        section_id: UUID,
        *,
        number: int,
        grant_number: int,
        seed: int,
        items: tuple[Item, ...],
        policy: QuizPolicy,
        deadline: datetime | None,
        now: datetime,
    ) -> None:
        self.id = id
        self.module_id = enrollment.module_id
        self.user_id = enrollment.user_id
        self.cycle_id = enrollment.cycle_id
        self.version_number = enrollment.version_number
        self.section_id = section_id
        self.number = number
        self.grant_number = grant_number
        self.seed = seed
        self.items = items
        self.policy = policy
        self.answers: Answers = {}
        self.status = AttemptStatus.OPEN
        self.max_points = sum(item.points for item in items)
        self.points = self.percent = self.passed = None
        self.marks = ()
        self.version = 1
        self.started_at = now
        self.deadline = deadline
        self.submitted_at: datetime | None = None
        self.updated_at = now

    @classmethod
    def start(
        cls,
        id: UUID,
        enrollment: Enrollment,
        version: ModuleVersion,
        section_id: UUID,
        *,
        number: int,
        seed: int,
        now: datetime,
        grant_number: int = 0,
    ) -> Self:
        """Draw the questions and start the time limit; the enrollment is then due to be settled at the deadline.

        Raises SectionNotFound or SectionIsNotAQuiz.
        """
        quiz = version.section(section_id).content
        if not isinstance(quiz, Quiz):
            raise SectionIsNotAQuiz
        pass_mark = version.settings.rules.pass_mark
        limit = quiz.time_limit_seconds
        now = not_before(now, enrollment.started_at)
        attempt = cls(
            id,
            enrollment,
            section_id,
            number=number,
            grant_number=grant_number,
            seed=seed,
            items=draw(version.questions_of(section_id), quiz, seed),
            policy=QuizPolicy(pass_mark, quiz.partial_credit, quiz.wrong_answer_penalty, quiz.feedback, "typographic"),
            deadline=None if limit is None else now + timedelta(seconds=limit),
            now=now,
        )
        if attempt.overdue_from is not None:
            enrollment.expect(attempt.overdue_from)
        attempt._happened(AttemptStarted(*attempt._names, number))
        return attempt

    @property
    def is_open(self) -> bool:
        return self.status is AttemptStatus.OPEN

    @property
    def is_graded(self) -> bool:
        return self.status is AttemptStatus.GRADED

    @property
    def grade(self) -> Grade:
        """The grade of the answers. For a graded attempt this is the stored grade."""
        return grade(self.items, self.answers, self.policy)

    def belongs_to(self, enrollment: Enrollment) -> bool:
        """Whether the enrollment is still in the cycle that this is an attempt of."""
        return self.cycle_id == enrollment.cycle_id

    @property
    def overdue_from(self) -> datetime | None:
        """The first moment that is too late; None without a time limit. The deadline itself is in time."""
        return None if self.deadline is None else self.deadline + datetime.resolution

    def is_overdue(self, now: datetime) -> bool:
        """Whether the attempt is still open although its time is up."""
        return is_overdue(self.status, self.deadline, now)

    @property
    def ended_with_time(self) -> bool:
        """Whether the attempt was graded with the saved answers because its time was up."""
        return self.is_graded and self.submitted_at == self.deadline

    def require_time(self, now: datetime) -> None:
        """Raises AttemptClosed or AttemptExpired unless the attempt accepts answers now."""
        if self.is_overdue(now) or self.ended_with_time:
            raise AttemptExpired
        if not self.is_open:
            raise AttemptClosed

    def save(self, answers: Mapping[UUID, GivenAnswer], *, now: datetime) -> None:
        """Store these answers, replacing earlier ones to the same questions; None removes an answer.

        Raises AttemptClosed, AttemptExpired, or InvalidValue for an answer that does not fit its question.
        """
        self.require_time(now)
        self._take(answers)
        self._changed(now, AnswersSaved(*self._names, tuple(answers)))

    def submit(self, answers: Mapping[UUID, GivenAnswer] | None, *, now: datetime) -> None:
        """Submit the attempt, with these last answers, and grade it.

        After the deadline it is graded with what was saved in time, unless that has happened already. Raises
        AttemptClosed, AttemptExpired when answers come after the deadline, or InvalidValue for an answer that does not
        fit its question.
        """
        if not answers and self.ended_with_time:
            return
        if answers or not self.is_overdue(now):
            self.require_time(now)
            self._take(answers or {})
            self._close(now, submitted_at=now)
        else:
            self.close_overdue(now=now)

    def close_overdue(self, *, now: datetime) -> None:
        """Grade what was saved in time, as of the deadline. Nothing happens to an attempt that is not overdue."""
        if self.is_overdue(now) and self.deadline is not None:
            self._close(now, submitted_at=self.deadline)

    def supersede(self, *, now: datetime) -> None:
        """Give up an open attempt whose enrollment has moved on. It gets no grade and does not count."""
        if self.is_open:
            self.status = AttemptStatus.SUPERSEDED
            self._changed(now, AttemptSuperseded(*self._names))

    def forget_texts(self, *, now: datetime) -> None:
        """Remove an erased learner's free-text answers; an open attempt is superseded.

        A graded attempt is not changed: it is evidence, and its grade depends on its answers.
        """
        if self.is_graded:
            return
        self.supersede(now=now)
        texts = {item.question_id for item in self.items if item.metadata.kind == "short_text"}
        forgotten = tuple(question_id for question_id in self.answers if question_id in texts)
        if forgotten:
            self.answers = {key: answer for key, answer in self.answers.items() if key not in texts}
            self._happened(AnswersForgotten(*self._names, forgotten))

    @property
    def _names(self) -> tuple[UUID, UUID, UUID, UUID]:
        return self.id, self.module_id, self.section_id, self.user_id

    def _take(self, given: Mapping[UUID, GivenAnswer]) -> None:
        items = {item.question_id: item for item in self.items}
        answers = dict(self.answers)
        for question_id, answer in given.items():
            if question_id not in items:
                raise InvalidValue("is not a question of this attempt", "answers", str(question_id))
            read = read_answer(items[question_id], answer)
            if read is None:
                answers.pop(question_id, None)
            else:
                answers[question_id] = read
        self.answers = answers

    def _close(self, now: datetime, *, submitted_at: datetime) -> None:
        result = self.grade
        self.status = AttemptStatus.GRADED
        self.submitted_at = not_before(submitted_at, self.started_at)
        self.points, self.percent, self.passed = result.points, result.percent, result.passed
        self.marks = result.marks
        self._changed(
            now,
            AttemptGraded(
                *self._names,
                self.cycle_id,
                self.number,
                result.percent,
                self.policy.pass_mark,
                result.passed,
                self.submitted_at,
            ),
        )
