"""Authoring the sections of a module. They change under the module's version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from application.catalogue.modules.commands import NewSection
from application.catalogue.modules.queries import DraftedSection, ModuleDetail
from application.catalogue.ports import Modules
from application.kernel.access import Actor, authors
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset, given
from application.kernel.ports import Clock, Ids
from domain.catalogue.module_life import LastSection, ModuleIsArchived, ModuleNotFound
from domain.catalogue.modules import MAX_SECTIONS, TrainingModule
from domain.catalogue.sections import ModuleSection, SectionContent, SectionNotFound, TooMany
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.values import Between, Items, Title

Position = Annotated[int, Between(1, 200)]


@dataclass(slots=True)
class SectionDetail(DraftedSection):
    """A section with the version of its module, which the next change of either must name."""

    module_id: UUID
    module_version: int

    @classmethod
    def within(cls, module: TrainingModule, section: ModuleSection) -> SectionDetail:
        return cls(
            section.id,
            section.position,
            section.title,
            section.content,
            section.created_at,
            section.updated_at,
            module.id,
            module.version,
        )


@dataclass(frozen=True, slots=True)
class AddSection(Command[SectionDetail]):
    """Add a section at the position (1 is first), or at the end."""

    module_id: UUID
    title: Title
    content: SectionContent
    position: Position | None = None
    expected_versions: ExpectedVersions = None


@handles(AddSection, allow=authors, raises=(ModuleNotFound, ModuleIsArchived, TooMany))
async def add_section(command: AddSection, actor: Actor, modules: Modules, ids: Ids, clock: Clock) -> SectionDetail:
    """Authors and administrators add a section to a module that is not archived."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    section = NewSection(command.title, command.content).write(ids)
    module.add_section(section, now=clock.now(), position=command.position)
    return SectionDetail.within(module, section)


@dataclass(frozen=True, slots=True)
class EditSection(Command[SectionDetail]):
    """Change the given fields of a section. Its kind cannot be changed."""

    module_id: UUID
    section_id: UUID
    title: Title | Unset = UNSET
    content: SectionContent | Unset = UNSET
    expected_versions: ExpectedVersions = None


@handles(EditSection, allow=authors, raises=(ModuleNotFound, SectionNotFound, ModuleIsArchived))
async def edit_section(command: EditSection, actor: Actor, modules: Modules, clock: Clock) -> SectionDetail:
    """Authors and administrators change a section of a module that is not archived."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    section = module.edit_section(
        command.section_id, now=clock.now(), title=given(command.title, None), content=given(command.content, None)
    )
    return SectionDetail.within(module, section)


@dataclass(frozen=True, slots=True)
class RemoveSection(Command[None]):
    """Remove a section with its questions."""

    module_id: UUID
    section_id: UUID
    expected_versions: ExpectedVersions = None


@handles(RemoveSection, allow=authors, raises=(ModuleNotFound, SectionNotFound, ModuleIsArchived, LastSection))
async def remove_section(command: RemoveSection, actor: Actor, modules: Modules, clock: Clock) -> None:
    """Authors and administrators remove a section; a published module keeps at least one."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.remove_section(command.section_id, now=clock.now())


@dataclass(frozen=True, slots=True)
class ReorderSections(Command[ModuleDetail]):
    """Reorder the sections: name each of them exactly once."""

    module_id: UUID
    section_ids: Annotated[tuple[UUID, ...], Items(MAX_SECTIONS, unique=True)]
    expected_versions: ExpectedVersions = None


@handles(ReorderSections, allow=authors, raises=(ModuleNotFound, ModuleIsArchived))
async def reorder_sections(command: ReorderSections, actor: Actor, modules: Modules, clock: Clock) -> ModuleDetail:
    """Authors and administrators put the sections of a module in another order."""
    module = await modules.get(command.module_id)
    module.require_version(command.expected_versions)
    module.reorder_sections(command.section_ids, now=clock.now())
    return ModuleDetail.of(module)
