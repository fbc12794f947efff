"""Loading modules from files into the catalogue. Loading the same files again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypedDict

from application.catalogue.modules.commands import NewSection
from application.catalogue.modules.publishing import Publisher
from application.catalogue.ports import Modules, Versions
from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from domain.catalogue.completion_rules import USUAL_RULES, USUAL_TERMS, CompletionRules, EvidenceTerms, Minutes
from domain.catalogue.module_life import (
    LastSection,
    ModuleIsArchived,
    ModuleNotReady,
    ModuleStatus,
    NothingNew,
    SlugTaken,
)
from domain.catalogue.modules import MAX_SECTIONS, TrainingModule
from domain.catalogue.prerequisites import PrerequisiteNotOffered
from domain.catalogue.sections import ModuleSection, SectionIsNotAQuiz
from domain.catalogue.versions import Citation
from domain.kernel.errors import Conflict, DomainError
from domain.kernel.values import Items, Paragraph, Slug, Tags, Title


class Loaded(StrEnum):
    """The outcome of loading a module."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LoadModule(Command[Loaded]):
    """Make the module with this slug exactly this, and publish it if asked."""

    slug: Slug
    title: Title
    summary: Paragraph = ""
    tags: Tags = ()
    citation: Citation | None = None
    estimated_minutes: Minutes | None = None
    rules: CompletionRules = USUAL_RULES
    evidence: EvidenceTerms = USUAL_TERMS
    sections: Annotated[tuple[NewSection, ...], Items(MAX_SECTIONS)] = ()
    publish: bool = False


class _Description(TypedDict):
    slug: str
    title: str
    summary: str
    tags: tuple[str, ...]
    citation: str | None
    estimated_minutes: int | None
    rules: CompletionRules
    evidence: EvidenceTerms


@handles(
    LoadModule,
    allow=authors,
    internal=True,
    raises=(SectionIsNotAQuiz, ModuleIsArchived, ModuleNotReady, LastSection, PrerequisiteNotOffered, SlugTaken),
)
async def load_module(
    command: LoadModule,
    actor: Actor,
    modules: Modules,
    versions: Versions,
    publisher: Publisher,
    ids: Ids,
    clock: Clock,
) -> Loaded:
    """Authors, administrators and operators load a module: it is created if its slug is new, else updated.

    An unchanged module is not touched. A changed one is published as a new version; incomplete enrollments stay in
    theirs.
    """
    now = clock.now()
    sections = [section.write(ids) for section in command.sections]
    description = _Description(
        slug=command.slug,
        title=command.title,
        summary=command.summary,
        tags=command.tags,
        citation=command.citation,
        estimated_minutes=command.estimated_minutes,
        rules=command.rules,
        evidence=command.evidence,
    )
    module = await modules.by_slug(command.slug)
    if module is None:
        module = TrainingModule.draft(ids.new(), **description, sections=sections, now=now)
        await modules.add(module)
        outcome = Loaded.CREATED
    else:
        outcome = Loaded.UNCHANGED
        if any(getattr(module, name) != value for name, value in description.items()):
            module.edit(now=now, **description)
            outcome = Loaded.UPDATED
        if _content(module.sections) != _content(sections):
            module.replace_sections(sections, now=now)
            outcome = Loaded.UPDATED
    if command.publish and module.status is not ModuleStatus.ARCHIVED:
        try:
            await publisher.publish(module, modules, versions, by=actor.id, now=now)
        except NothingNew:
            return outcome
        return Loaded.UPDATED if outcome is Loaded.UNCHANGED else outcome
    return outcome


@dataclass(frozen=True, slots=True)
class ModuleProblem:
    """Why a module of a catalogue cannot be loaded."""

    slug: str
    message: str


class CatalogRejected(Conflict):
    """Some modules of a catalogue cannot be loaded, so that none was."""

    slug = "catalog-rejected"
    title = "The catalogue cannot be loaded"

    def __init__(self, problems: list[ModuleProblem]) -> None:
        super().__init__("; ".join(f"{problem.slug}: {problem.message}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class LoadCatalog(Command[list[Loaded]]):
    """Make all of these modules exactly this, or change none of them. The result is in their order."""

    modules: tuple[LoadModule, ...]


@handles(LoadCatalog, allow=authors, internal=True, raises=(CatalogRejected, SlugTaken))
async def load_catalog(
    command: LoadCatalog,
    actor: Actor,
    modules: Modules,
    versions: Versions,
    publisher: Publisher,
    ids: Ids,
    clock: Clock,
) -> list[Loaded]:
    """Authors, administrators and operators load a catalogue, all of it or nothing.

    Raises CatalogRejected, which names every module that cannot be loaded, and why.
    """
    outcomes: list[Loaded] = []
    problems: list[ModuleProblem] = []
    for each in command.modules:
        try:
            outcomes.append(await load_module(each, actor, modules, versions, publisher, ids, clock))
        except DomainError as error:
            problems.append(ModuleProblem(each.slug, str(error)))
    if problems:
        raise CatalogRejected(problems)
    return outcomes


def _content(sections: list[ModuleSection]) -> list[object]:
    return [
        (
            section.title,
            section.content,
            [(q.prompt, q.points, q.explanation, q.metadata) for q in section.questions],
        )
        for section in sections
    ]
