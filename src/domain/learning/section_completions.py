"""Completed sections: when, with what was confirmed, or how the quiz was passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class QuizPass:
    """The attempt that a quiz was passed with; the score, and the mark that it had to reach, in percent."""

    attempt_id: UUID
    attempt_number: int
    score: float
    pass_mark: int


class SectionCompletion:
    """A section completed in the current cycle, with what was confirmed, or how the quiz was passed."""

    def __init__(
        self, section_id: UUID, completed_at: datetime, *, attestation: str | None = None, quiz: QuizPass | None = None
    ) -> None:
        self.section_id = section_id
        self.completed_at = completed_at
        self.attestation = attestation
        self.attempt_id = None if quiz is None else quiz.attempt_id
        self.attempt_number = None if quiz is None else quiz.attempt_number
        self.score = None if quiz is None else quiz.score
        self.pass_mark = None if quiz is None else quiz.pass_mark

    @property
    def quiz(self) -> QuizPass | None:
        """How the quiz was passed, None of any other section."""
        if self.attempt_id is None or self.attempt_number is None or self.score is None or self.pass_mark is None:
            return None
        return QuizPass(self.attempt_id, self.attempt_number, self.score, self.pass_mark)
