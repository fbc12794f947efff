"""What happens to attempts, as events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.learning.section_completions import QuizPass


@dataclass(frozen=True, slots=True)
class AttemptEvent(DomainEvent):
    """Something that happened to one attempt of one user."""

    attempt_id: UUID
    """The attempt."""
    module_id: UUID
    """The module of the quiz."""
    section_id: UUID
    """The section that is the quiz."""
    user_id: UUID
    """Whose attempt it is."""

    @property
    def subject_id(self) -> UUID:
        return self.attempt_id


@dataclass(frozen=True, slots=True)
class AttemptStarted(AttemptEvent):
    """A learner has begun an attempt at a quiz."""

    number: int
    """The number of this attempt of the person at this quiz, from 1."""


@dataclass(frozen=True, slots=True)
class AnswersSaved(AttemptEvent):
    """Answers of an open attempt were saved or removed."""

    question_ids: tuple[UUID, ...]
    """The questions that they answer."""


@dataclass(frozen=True, slots=True)
class AnswersForgotten(AttemptEvent):
    """The answers of an erased learner in their own words, in an attempt without a grade, were erased."""

    question_ids: tuple[UUID, ...]
    """The questions whose answers were erased."""


@dataclass(frozen=True, slots=True)
class AttemptSuperseded(AttemptEvent):
    """The attempt was still open when its training or its quiz changed, and does not count."""


@dataclass(frozen=True, slots=True)
class AttemptGraded(AttemptEvent):
    """An attempt was graded, as of its submission or its deadline."""

    cycle_id: UUID
    """The cycle of the training in which it counts."""
    number: int
    """The number of this attempt of the person at this quiz, from 1."""
    percent: float
    """The score, in percent of the points."""
    pass_mark: int
    """The score that is needed to pass, in percent."""
    passed: bool
    """Whether it passed."""
    submitted_at: datetime
    """The time of its submission or its deadline (UTC)."""

    @property
    def quiz_pass(self) -> QuizPass | None:
        """What the enrollment needs to know of an attempt that passed, None of any other."""
        return QuizPass(self.attempt_id, self.number, self.percent, self.pass_mark) if self.passed else None
