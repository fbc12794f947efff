"""Quiz questions in memory; they are stored inside their module."""

from __future__ import annotations

from copy import deepcopy
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.kit.store import MemoryStore
from adapters.registry import serves
from application.catalogue.questions.queries import QuestionReader, QuestionView
from domain.catalogue.questions import QuizQuestion


@serves(QuestionReader)
class MemoryQuestionReader:
    """Implements application.catalogue.questions.queries.QuestionReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._modules = store.table(MODULES)

    async def of_section(self, module_id: UUID, section_id: UUID) -> list[QuestionView] | None:
        module = self._modules.peek(module_id)
        for section in module.sections if module else ():
            if section.id == section_id:
                return [_show(section.id, question) for question in section.questions]
        return None


def _show(section_id: UUID, question: QuizQuestion) -> QuestionView:
    view = QuestionView.of(section_id, question)
    view.metadata = deepcopy(question.metadata)
    return view
