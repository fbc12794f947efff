"""Quiz questions in memory; they live inside their module."""

from __future__ import annotations

from copy import deepcopy
from uuid import UUID

from adapters.memory.kit.tables import Table
from application.catalogue.questions.queries import QuestionView
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import QuizQuestion


class MemoryQuestionReader:
    """Implements application.catalogue.questions.queries.QuestionReader."""

    def __init__(self, modules: Table[UUID, TrainingModule]) -> None:
        self._modules = modules

    async def of_section(self, module_id: UUID, section_id: UUID) -> list[QuestionView] | None:
        module = self._modules.rows.get(module_id)
        for section in module.sections if module else ():
            if section.id == section_id:
                return [_show(section.id, question) for question in section.questions]
        return None


def _show(section_id: UUID, question: QuizQuestion) -> QuestionView:
    view = QuestionView.of(section_id, question)
    view.metadata = deepcopy(question.metadata)
    return view
