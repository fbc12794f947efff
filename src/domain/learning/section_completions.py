"""Completed sections: when, with which attestation, or by which attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class QuizPass:
    """The attempt that passed a quiz; its score and pass mark, in percent."""

    attempt_id: UUID
    attempt_number: int
    score: float
    pass_mark: int


class SectionCompletion:
    """A section completed in the current cycle, with its attestation or the attempt that passed its quiz."""

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
        """The attempt that passed the quiz; None for any other section."""
        if self.attempt_id is None or self.attempt_number is None or self.score is None or self.pass_mark is None:
            return None
        return QuizPass(self.attempt_id, self.attempt_number, self.score, self.pass_mark)
