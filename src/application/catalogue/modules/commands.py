"""Authoring modules: drafting, editing, publishing, archiving and deleting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from application.catalogue.modules.own_learning import own_learning, own_learning_behind
from application.catalogue.modules.prerequisites import require_offered_prerequisites
from application.catalogue.modules.publishing import Publisher
from application.catalogue.modules.queries import ModuleDetail
from application.catalogue.ports import AuthorsLearning, Modules, Versions
from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.lists import Present
from application.kernel.messages import UNSET, Command, Unset, changed_by
from application.kernel.ports import Calendar, Clock, Ids
from domain.catalogue.completion_rules import USUAL_RULES, USUAL_TERMS, CompletionRules, EvidenceTerms, Minutes
from domain.catalogue.module_life import (
    ModuleInUse,
    ModuleIsArchived,
    ModuleNotDraft,
    ModuleNotFound,
    ModuleNotPublished,
    ModuleNotReady,
    ModuleRequired,
    NothingNew,
    SlugTaken,
)
from domain.catalogue.modules import MAX_SECTIONS, Prerequisites, TrainingModule
from domain.catalogue.prerequisites import PrerequisiteCircle, PrerequisiteNotOffered
from domain.catalogue.questions import Points, Prompt, QuestionMetadata, QuizQuestion
from domain.catalogue.reopening import Reopening, Reopens
from domain.catalogue.sections import MAX_QUESTIONS, ModuleSection, SectionContent, SectionIsNotAQuiz
from domain.catalogue.versions import ChangeNote, Citation
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.errors import InvalidValue
from domain.kernel.key_scopes import PersonRequired
from domain.kernel.oversight import OwnTraining
from domain.kernel.values import Items, Notes, Paragraph, PlausibleDay, Slug, Tags, Title


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
    """Create a draft, with or without sections. A slug that is left out is made from the title."""

    title: Title
    slug: Slug | None = None
    summary: Paragraph = ""
    tags: Tags = ()
    citation: Citation | None = None
    estimated_minutes: Minutes | None = None
    rules: CompletionRules = USUAL_RULES
    evidence: EvidenceTerms = USUAL_TERMS
    sections: Annotated[tuple[NewSection, ...], Items(MAX_SECTIONS)] = ()


@handles(CreateModule, allow=authors, raises=(SectionIsNotAQuiz, SlugTaken))
async def create_module(command: CreateModule, actor: Actor, modules: Modules, ids: Ids, clock: Clock) -> ModuleDetail:
    """Authors and administrators create a draft. Learners do not see it until it is published."""
    module = TrainingModule.draft(
        ids.new(),
        slug=command.slug,
        title=command.title,
        summary=command.summary,
        tags=command.tags,
        citation=command.citation,
        estimated_minutes=command.estimated_minutes,
        rules=command.rules,
        evidence=command.evidence,
        sections=[section.write(ids) for section in command.sections],
        now=clock.now(),
    )
    await modules.add(module)
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class EditModule(Command[ModuleDetail]):
    """Change the given fields of a module: its description, rules and evidence terms."""

    module_id: UUID
    expected_versions: ExpectedVersions = None
    slug: Slug | Unset = UNSET
    title: Title | Unset = UNSET
    summary: Paragraph | Unset = UNSET
    tags: Tags | Unset = UNSET
    citation: Citation | Unset | None = UNSET
    estimated_minutes: Minutes | Unset | None = UNSET
    rules: CompletionRules | Unset = UNSET
    evidence: EvidenceTerms | Unset = UNSET


@handles(EditModule, allow=authors, raises=(ModuleNotFound, ModuleIsArchived, SlugTaken))
async def edit_module(command: EditModule, actor: Actor, modules: Modules, clock: Clock) -> ModuleDetail:
    """Authors and administrators change a module's description. An archived module does not change."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.edit(now=clock.now(), **changed_by(command, module))
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class DeleteModule(Command[None]):
    """Remove a draft."""

    module_id: UUID
    expected_versions: ExpectedVersions = None


@handles(DeleteModule, allow=authors, raises=(ModuleNotFound, ModuleNotDraft, ModuleInUse, ModuleRequired))
async def delete_module(command: DeleteModule, actor: Actor, modules: Modules) -> None:
    """Authors and administrators delete a draft. A module that has been published can only be archived.

    A draft that a requirement asks for stays.
    """
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.delete()
    await modules.remove(module)


@dataclass(frozen=True, slots=True)
class SetPrerequisites(Command[ModuleDetail]):
    """Replace the list of modules that must be completed before this one."""

    module_id: UUID
    prerequisites: Prerequisites
    expected_versions: ExpectedVersions = None


@handles(
    SetPrerequisites,
    allow=authors,
    raises=(OwnTraining, ModuleNotFound, ModuleIsArchived, PrerequisiteCircle, PrerequisiteNotOffered),
)
async def set_prerequisites(
    command: SetPrerequisites,
    actor: Actor,
    modules: Modules,
    learning: AuthorsLearning,
    clock: Clock,
    calendar: Calendar,
) -> ModuleDetail:
    """Authors and administrators set the prerequisites of a module. Prerequisites cannot form a cycle.

    A published module cannot have a draft as a prerequisite, since learners do not see drafts. Nobody with an
    incomplete enrollment in the module, or in one that requires it, removes a prerequisite that they have not
    completed.
    """
    now = clock.now()
    catalogue = await modules.prerequisites()
    at = Present.at(now, calendar)
    own = await own_learning_behind(actor.person_id, command.module_id, catalogue, modules, learning, at)
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    own.require_not_dropping(module.id, command.prerequisites)
    module.require_first(command.prerequisites, catalogue, now=now)
    await require_offered_prerequisites(module, modules)
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class PublishModule(Command[ModuleDetail]):
    """Publish a module: freeze its content as a new version for learners.

    A material version changes what people must know; only such a version may move incomplete enrollments to it. It says
    for whom older training does not count any longer: for everyone from the day after `reopen_due_on`, for people who
    come under a requirement from now on, or for nobody.
    """

    module_id: UUID
    change_note: ChangeNote = ""
    material: bool = False
    move_enrollments: bool = False
    reopens: Reopens | None = None
    reopen_due_on: PlausibleDay | None = None
    expected_versions: ExpectedVersions = None

    @property
    def reopening(self) -> Reopening:
        """For whom it reopens. Raises InvalidValue."""
        return Reopening.chosen(self.material, self.reopens, self.reopen_due_on)

    def require_sense(self) -> None:
        if self.move_enrollments and not self.material:
            raise InvalidValue("is for material versions only; set `material` too", "move_enrollments")
        self.reopening  # noqa: B018  # which raises


@handles(
    PublishModule,
    allow=authors,
    raises=(
        *(OwnTraining, PersonRequired, ModuleNotFound, ModuleIsArchived, ModuleNotReady, NothingNew),
        PrerequisiteNotOffered,
    ),
)
async def publish_module(
    command: PublishModule,
    actor: Actor,
    modules: Modules,
    versions: Versions,
    learning: AuthorsLearning,
    publisher: Publisher,
    clock: Clock,
    calendar: Calendar,
) -> ModuleDetail:
    """Authors and administrators publish a version that has a section, enough questions in each quiz, and a title that
    certificates can print.

    Learners continue with the version that they began with, unless a material version moves them. Then what they have
    completed still counts where it is unchanged; those who have nothing left to do have completed the module.

    Nobody with an incomplete enrollment in the module may move enrollments, since their own would be moved too. A
    service account moves none, since this can write training records.
    """
    now = clock.now()
    if command.move_enrollments:
        actor.require_person("Only a person moves enrollments, since those with nothing left to do become completed.")
        own = await own_learning(actor.person_id, [command.module_id], modules, learning, Present.at(now, calendar))
        own.require_not_moving(command.module_id)
    command.reopening.require_from(calendar.day_of(now))
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    await publisher.publish(
        module,
        modules,
        versions,
        by=actor.id,
        now=now,
        change_note=command.change_note,
        material=command.material,
        move_enrollments=command.move_enrollments,
        reopening=command.reopening,
    )
    return ModuleDetail.of(module)


@dataclass(frozen=True, slots=True)
class ArchiveModule(Command[ModuleDetail]):
    """Take a published module out of the catalogue."""

    module_id: UUID
    expected_versions: ExpectedVersions = None


@handles(ArchiveModule, allow=authors, raises=(OwnTraining, ModuleNotFound, ModuleIsArchived, ModuleNotPublished))
async def archive_module(
    command: ArchiveModule, actor: Actor, modules: Modules, learning: AuthorsLearning, clock: Clock, calendar: Calendar
) -> ModuleDetail:
    """Authors and administrators archive a published module. Nobody can be enrolled in it afterwards.

    An archived module is no longer a prerequisite. So nobody archives a module that they must still complete for an
    enrollment of their own.
    """
    now = clock.now()
    catalogue, at = await modules.prerequisites(), Present.at(now, calendar)
    own = await own_learning_behind(actor.person_id, command.module_id, catalogue, modules, learning, at)
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    own.require_not_archiving(module.id)
    module.archive(now=now)
    return ModuleDetail.of(module)
