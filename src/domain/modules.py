"""Training modules: what the catalogue offers, from first draft to archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from domain.aggregate import Aggregate, DomainEvent
from domain.errors import Conflict, InvalidValue, NotFound
from domain.questions import QuestionMetadata, QuizQuestion
from domain.sections import ModuleSection, SectionContent, SectionNotFound, TooMany, insert_step, number_steps
from domain.values import Between, Items, Paragraph, Slug, Tags, Text, Title, enforce, slug_of

MAX_SECTIONS = 200

Minutes = Annotated[int, Between(1, 1_440)]
Citation = Annotated[str, Text(200)]


class ModuleStatus(StrEnum):
    """Where a module is in its life. It only moves forward."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class ModuleNotFound(NotFound):
    slug = "module-not-found"
    title = "No such module"
    sentence = "There is no module with this id."


class SlugTaken(Conflict):
    slug = "slug-taken"
    title = "The slug is taken"
    sentence = "Another module has this slug. Choose another one."


class ModuleIsArchived(Conflict):
    slug = "module-archived"
    title = "The module is archived"
    sentence = "An archived module does not change any more."


class ModuleNotDraft(Conflict):
    slug = "module-not-draft"
    title = "The module is not a draft"


class ModuleNotPublished(Conflict):
    slug = "module-not-published"
    title = "The module is not published"
    sentence = "Only a published module can do this."


class ModuleNotReady(Conflict):
    slug = "module-not-ready"
    title = "The module is not ready to be published"


class LastSection(Conflict):
    slug = "last-section"
    title = "A published module keeps at least one section"
    sentence = "This is the last section of a published module. Add another one before removing it."


class ModuleInUse(Conflict):
    slug = "module-in-use"
    title = "People are enrolled in the module"
    sentence = "People are enrolled in this module. Archive it instead."


@dataclass(frozen=True, slots=True)
class ModuleEvent(DomainEvent):
    """Something that happened to one module."""

    module_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.module_id


@dataclass(frozen=True, slots=True)
class ModuleDrafted(ModuleEvent):
    pass


@dataclass(frozen=True, slots=True)
class ModuleEdited(ModuleEvent):
    version: int


@dataclass(frozen=True, slots=True)
class ModulePublished(ModuleEvent):
    version: int


@dataclass(frozen=True, slots=True)
class ModuleArchived(ModuleEvent):
    pass


@dataclass(frozen=True, slots=True)
class ModuleDeleted(ModuleEvent):
    slug: str


class TrainingModule(Aggregate):
    """A course in the catalogue. It owns its sections, and through them the questions."""

    slug: Slug
    title: Title
    summary: Paragraph
    tags: Tags
    citation: Citation | None
    estimated_minutes: Minutes | None
    sections: Annotated[list[ModuleSection], Items(MAX_SECTIONS)]

    def __init__(
        self,
        id: UUID,
        *,
        slug: str,
        title: str,
        summary: str,
        tags: Sequence[str],
        citation: str | None,
        estimated_minutes: int | None,
        now: datetime,
    ) -> None:
        self.id = id
        self.slug = slug
        self.title = title
        self.summary = summary
        self.tags = tuple(tags)
        self.citation = citation
        self.estimated_minutes = estimated_minutes
        self.status = ModuleStatus.DRAFT
        self.sections = []
        self.version = 1
        self.created_at = now
        self.updated_at = now
        self.published_at: datetime | None = None
        self.archived_at: datetime | None = None
        enforce(self)

    @classmethod
    def draft(
        cls,
        id: UUID,
        *,
        title: str,
        now: datetime,
        slug: str | None = None,
        summary: str = "",
        tags: Sequence[str] = (),
        citation: str | None = None,
        estimated_minutes: int | None = None,
        sections: Sequence[ModuleSection] = (),
    ) -> Self:
        """A new draft. Without a slug it is made from the title."""
        module = cls(
            id,
            slug=slug_of(title) if slug is None else slug,
            title=title,
            summary=summary,
            tags=tags,
            citation=citation,
            estimated_minutes=estimated_minutes,
            now=now,
        )
        module.sections = list(sections)
        enforce(module)
        number_steps(module.sections)
        module._happened(ModuleDrafted(id))
        return module

    def edit(
        self,
        *,
        now: datetime,
        slug: str,
        title: str,
        summary: str,
        tags: Sequence[str],
        citation: str | None,
        estimated_minutes: int | None,
    ) -> None:
        """Replace the module's own description; sections are edited one by one."""
        with self._editing(now):
            self.slug, self.title, self.summary, self.tags = slug, title, summary, tuple(tags)
            self.citation, self.estimated_minutes = citation, estimated_minutes
            enforce(self)

    def add_section(self, section: ModuleSection, *, now: datetime, position: int | None = None) -> None:
        """Insert the section at the position (1 is first), or at the end."""
        with self._editing(now):
            if len(self.sections) >= MAX_SECTIONS:
                raise TooMany(f"A module has at most {MAX_SECTIONS} sections.")
            insert_step(self.sections, section, position)

    def edit_section(
        self, section_id: UUID, *, now: datetime, title: str | None = None, content: SectionContent | None = None
    ) -> ModuleSection:
        """Replace what is given. A section keeps its kind."""
        with self._editing(now):
            section = self.section(section_id)
            section.edit(title=title, content=content)
            return section

    def remove_section(self, section_id: UUID, *, now: datetime) -> None:
        """Remove the section with its questions. Raises LastSection when a published module would be empty."""
        with self._editing(now):
            section = self.section(section_id)
            if self.status is ModuleStatus.PUBLISHED and len(self.sections) == 1:
                raise LastSection
            self.sections.remove(section)
            number_steps(self.sections)

    def reorder_sections(self, order: Sequence[UUID], *, now: datetime) -> None:
        """Put the sections in this order, which names each of them exactly once."""
        with self._editing(now):
            by_id = {section.id: section for section in self.sections}
            if len(order) != len(by_id) or set(order) != by_id.keys():
                raise InvalidValue("must name every section of the module exactly once", "section_ids")
            self.sections[:] = [by_id[section_id] for section_id in order]
            number_steps(self.sections)

    def replace_sections(self, sections: Sequence[ModuleSection], *, now: datetime) -> None:
        """Put these sections in the place of all present ones, as when a catalogue is loaded again."""
        with self._editing(now):
            if self.status is ModuleStatus.PUBLISHED and not sections:
                raise LastSection
            self.sections[:] = sections
            enforce(self)
            number_steps(self.sections)

    def add_question(
        self, section_id: UUID, question: QuizQuestion, *, now: datetime, position: int | None = None
    ) -> None:
        """Insert the question in a quiz section at the position (1 is first), or at the end."""
        with self._editing(now):
            self.section(section_id).add_question(question, position=position)

    def edit_question(
        self,
        section_id: UUID,
        question_id: UUID,
        *,
        now: datetime,
        prompt: str | None = None,
        points: int | None = None,
        explanation: str | None = None,
        metadata: QuestionMetadata | None = None,
    ) -> QuizQuestion:
        """Replace what is given. The kind may change with the metadata."""
        with self._editing(now):
            question = self.section(section_id).question(question_id)
            question.edit(prompt=prompt, points=points, explanation=explanation, metadata=metadata)
            return question

    def remove_question(self, section_id: UUID, question_id: UUID, *, now: datetime) -> None:
        """Raises SectionNotFound or QuestionNotFound."""
        with self._editing(now):
            self.section(section_id).remove_question(question_id)

    def publish(self, *, now: datetime) -> None:
        """Offer the draft to learners. It needs a section, and a question in each quiz."""
        if self.status is not ModuleStatus.DRAFT:
            raise ModuleNotDraft(f"The module is {self.status}; only a draft can be published.")
        if not self.sections:
            raise ModuleNotReady("The module has no section yet. Add one, then publish.")
        empty = next((section for section in self.sections if section.is_quiz and not section.questions), None)
        if empty:
            raise ModuleNotReady(f"The quiz in section {empty.position} has no question yet. Add one, then publish.")
        self.status = ModuleStatus.PUBLISHED
        self.published_at = now
        self._changed(now, ModulePublished(self.id, self.version + 1))

    def archive(self, *, now: datetime) -> None:
        """Take a published module out of the catalogue for good. What was learnt from it stays."""
        if self.status is ModuleStatus.ARCHIVED:
            raise ModuleIsArchived
        if self.status is ModuleStatus.DRAFT:
            raise ModuleNotPublished
        self.status = ModuleStatus.ARCHIVED
        self.archived_at = now
        self._changed(now, ModuleArchived(self.id))

    def delete(self) -> None:
        """Agree to be deleted: only a draft that was never offered may go without a trace."""
        if self.status is not ModuleStatus.DRAFT:
            raise ModuleNotDraft(f"The module is {self.status}; only a draft can be deleted. Archive it instead.")
        self._happened(ModuleDeleted(self.id, self.slug))

    def section(self, section_id: UUID) -> ModuleSection:
        """Raises SectionNotFound."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise SectionNotFound

    @contextmanager
    def _editing(self, now: datetime) -> Iterator[None]:
        if self.status is ModuleStatus.ARCHIVED:
            raise ModuleIsArchived
        yield
        self._changed(now, ModuleEdited(self.id, self.version + 1))
