"""Writing the catalogue: drafting, editing, publishing, archiving and deleting modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from application.access import Actor, authors
from application.bus import handles
from application.messages import UNSET, Command, Unset, given
from application.modules.queries import ModuleDetail
from application.ports import Clock, Ids, Modules
from domain.aggregate import ExpectedVersions
from domain.modules import MAX_SECTIONS, Citation, Minutes, TrainingModule
from domain.questions import Points, Prompt, QuestionMetadata, QuizQuestion
from domain.sections import MAX_QUESTIONS, ModuleSection, SectionContent
from domain.values import Items, Notes, Paragraph, Slug, Tags, Title


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question to be written."""

    prompt: Prompt
    metadata: QuestionMetadata
    points: Points = 1
    explanation: Notes = ""

    def write(self, ids: Ids) -> QuizQuestion:
        return QuizQuestion(
            ids.new(), prompt=self.prompt, points=self.points, explanation=self.explanation, metadata=self.metadata
        )


@dataclass(frozen=True, slots=True)
class NewSection:
    """A section to be written; only a quiz has questions."""

    title: Title
    content: SectionContent
    questions: Annotated[tuple[NewQuestion, ...], Items(MAX_QUESTIONS)] = ()

    def write(self, ids: Ids) -> ModuleSection:
        return ModuleSection(
            ids.new(),
            title=self.title,
            content=self.content,
            questions=[question.write(ids) for question in self.questions],
        )


@dataclass(frozen=True, slots=True)
class CreateModule(Command[ModuleDetail]):
    """A new draft, with its sections if they are at hand. Without a slug it is made from the title."""

    title: Title
    slug: Slug | None = None
    summary: Paragraph = ""
    tags: Tags = ()
    citation: Citation | None = None
    estimated_minutes: Minutes | None = None
    sections: Annotated[tuple[NewSection, ...], Items(MAX_SECTIONS)] = ()


@handles(CreateModule, allow=authors)
async def create_module(command: CreateModule, actor: Actor, modules: Modules, ids: Ids, clock: Clock) -> ModuleDetail:
    """Authors and administrators draft a module. It is not offered until it is published."""
    module = TrainingModule.draft(
        ids.new(),
        slug=command.slug,
        title=command.title,
        summary=command.summary,
        tags=command.tags,
        citation=command.citation,
        estimated_minutes=command.estimated_minutes,
        sections=[section.write(ids) for section in command.sections],
        now=clock.now(),
    )
    await modules.add(module)
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class EditModule(Command[ModuleDetail]):
    """Change what is mentioned of the module's own description."""

    module_id: UUID
    expected_versions: ExpectedVersions = None
    slug: Slug | Unset = UNSET
    title: Title | Unset = UNSET
    summary: Paragraph | Unset = UNSET
    tags: Tags | Unset = UNSET
    citation: Citation | Unset | None = UNSET
    estimated_minutes: Minutes | Unset | None = UNSET


@handles(EditModule, allow=authors)
async def edit_module(command: EditModule, actor: Actor, modules: Modules, clock: Clock) -> ModuleDetail:
    """Authors and administrators change a module's description. An archived module does not change."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.edit(
        now=clock.now(),
        slug=given(command.slug, module.slug),
        title=given(command.title, module.title),
        summary=given(command.summary, module.summary),
        tags=given(command.tags, module.tags),
        citation=given(command.citation, module.citation),
        estimated_minutes=given(command.estimated_minutes, module.estimated_minutes),
    )
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class DeleteModule(Command[None]):
    """Remove a draft."""

    module_id: UUID
    expected_versions: ExpectedVersions = None


@handles(DeleteModule, allow=authors)
async def delete_module(command: DeleteModule, actor: Actor, modules: Modules) -> None:
    """Authors and administrators delete a draft. What was published once can only be archived."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.delete()
    await modules.remove(module)


@dataclass(frozen=True, slots=True)
class PublishModule(Command[ModuleDetail]):
    """Offer a draft to learners."""

    module_id: UUID
    expected_versions: ExpectedVersions = None


@handles(PublishModule, allow=authors)
async def publish_module(command: PublishModule, actor: Actor, modules: Modules, clock: Clock) -> ModuleDetail:
    """Authors and administrators publish a draft that has a section, and a question in each quiz."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.publish(now=clock.now())
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class ArchiveModule(Command[ModuleDetail]):
    """Take a published module out of the catalogue."""

    module_id: UUID
    expected_versions: ExpectedVersions = None


@handles(ArchiveModule, allow=authors)
async def archive_module(command: ArchiveModule, actor: Actor, modules: Modules, clock: Clock) -> ModuleDetail:
    """Authors and administrators archive a published module. Nobody can enroll in it any more."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.archive(now=clock.now())
    return ModuleDetail.of(module)
