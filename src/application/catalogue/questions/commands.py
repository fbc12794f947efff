"""Authoring the questions of a quiz. They change under the module's version."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.catalogue.modules.commands import NewQuestion
from application.catalogue.ports import Modules
from application.catalogue.questions.queries import QuestionView
from application.catalogue.sections.commands import Position
from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset, given
from application.kernel.ports import Clock, Ids
from domain.catalogue.module_life import ModuleIsArchived, ModuleNotFound
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import Points, Prompt, QuestionMetadata, QuizQuestion
from domain.catalogue.sections import QuestionNotFound, SectionIsNotAQuiz, SectionNotFound, TooMany
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.values import Notes


@dataclass(slots=True)
class QuestionDetail(QuestionView):
    """A question with the version of its module, which the next change of either must name."""

    module_version: int

    @classmethod
    def within(cls, module: TrainingModule, section_id: UUID, question: QuizQuestion) -> QuestionDetail:
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
            module.version,
        )


@dataclass(frozen=True, slots=True)
class AddQuestion(Command[QuestionDetail]):
    """Add a question at the position (1 is first), or at the end."""

    module_id: UUID
    section_id: UUID
    prompt: Prompt
    metadata: QuestionMetadata
    points: Points = 1
    explanation: Notes = ""
    position: Position | None = None
    expected_versions: ExpectedVersions = None


@handles(
    AddQuestion, allow=authors, raises=(ModuleNotFound, SectionNotFound, ModuleIsArchived, SectionIsNotAQuiz, TooMany)
)
async def add_question(command: AddQuestion, actor: Actor, modules: Modules, ids: Ids, clock: Clock) -> QuestionDetail:
    """Authors and administrators add a question to a quiz section."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    new = NewQuestion(command.prompt, command.metadata, command.points, command.explanation)
    question = new.write(ids)
    module.add_question(command.section_id, question, now=clock.now(), position=command.position)
    return QuestionDetail.within(module, command.section_id, question)


@dataclass(frozen=True, slots=True)
class EditQuestion(Command[QuestionDetail]):
    """Change the given fields of a question. New metadata may be of another kind."""

    module_id: UUID
    section_id: UUID
    question_id: UUID
    prompt: Prompt | Unset = UNSET
    metadata: QuestionMetadata | Unset = UNSET
    points: Points | Unset = UNSET
    explanation: Notes | Unset = UNSET
    expected_versions: ExpectedVersions = None


@handles(EditQuestion, allow=authors, raises=(ModuleNotFound, SectionNotFound, QuestionNotFound, ModuleIsArchived))
async def edit_question(command: EditQuestion, actor: Actor, modules: Modules, clock: Clock) -> QuestionDetail:
    """Authors and administrators change a question."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    question = module.edit_question(
        command.section_id,
        command.question_id,
        now=clock.now(),
        prompt=given(command.prompt, None),
        points=given(command.points, None),
        explanation=given(command.explanation, None),
        metadata=given(command.metadata, None),
    )
    return QuestionDetail.within(module, command.section_id, question)


@dataclass(frozen=True, slots=True)
class RemoveQuestion(Command[None]):
    """Remove a question."""

    module_id: UUID
    section_id: UUID
    question_id: UUID
    expected_versions: ExpectedVersions = None


@handles(RemoveQuestion, allow=authors, raises=(ModuleNotFound, SectionNotFound, QuestionNotFound, ModuleIsArchived))
async def remove_question(command: RemoveQuestion, actor: Actor, modules: Modules, clock: Clock) -> None:
    """Authors and administrators remove a question from a quiz."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.remove_question(command.section_id, command.question_id, now=clock.now())
