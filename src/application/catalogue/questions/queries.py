"""Reading the questions of a quiz, including the right answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.messages import Query, RawJson
from domain.catalogue.questions import QuestionMetadata, QuizQuestion
from domain.catalogue.sections import SectionNotFound


@dataclass(slots=True)
class QuestionView:
    """A question as its author sees it. `metadata.kind` says what it consists of."""

    id: UUID
    section_id: UUID
    position: int
    prompt: str
    points: int
    explanation: str
    metadata: Annotated[object, RawJson(QuestionMetadata)]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, section_id: UUID, question: QuizQuestion) -> QuestionView:
        return cls(
            question.id,
            section_id,
            question.position,
            question.prompt,
            question.points,
            question.explanation,
            question.metadata,
            question.created_at,
            question.updated_at,
        )


@dataclass(slots=True)
class QuestionList:
    """All questions of a section in their order; a quiz has at most 200, so there is always one page."""

    items: list[QuestionView]
    next_cursor: None = None


class QuestionReader(Protocol):
    """Reads questions with one statement per call."""

    async def of_section(self, module_id: UUID, section_id: UUID) -> list[QuestionView] | None:
        """In order; None when the module has no such section."""


@dataclass(frozen=True, slots=True)
class ListQuestions(Query[QuestionList]):
    """The questions of a section in their order."""

    module_id: UUID
    section_id: UUID


@handles(ListQuestions, allow=authors, raises=(SectionNotFound,))
async def list_questions(query: ListQuestions, actor: Actor, questions: QuestionReader) -> QuestionList:
    """Show the questions of a section, with the right answers, to authors and administrators."""
    found = await questions.of_section(query.module_id, query.section_id)
    if found is None:
        raise SectionNotFound
    return QuestionList(found)
