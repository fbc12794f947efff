"""Training modules: courses of the catalogue, from the first draft to the archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from domain.catalogue.completion_rules import USUAL_RULES, USUAL_TERMS, CompletionRules, EvidenceTerms, Minutes
from domain.catalogue.module_life import (
    LastSection,
    ModuleArchived,
    ModuleDeleted,
    ModuleDrafted,
    ModuleEdited,
    ModuleIsArchived,
    ModuleNotDraft,
    ModuleNotPublished,
    ModulePublished,
    ModuleStatus,
    NothingNew,
)
from domain.catalogue.prerequisites import require_no_circle
from domain.catalogue.questions import QuestionMetadata, QuizQuestion
from domain.catalogue.reopening import NOTHING_REOPENS, Reopening
from domain.catalogue.sections import (
    ModuleSection,
    SectionContent,
    SectionNotFound,
    TooMany,
    changed_parts,
    insert_step,
    require_ready,
    settle,
    written,
)
from domain.catalogue.versions import (
    Citation,
    Fingerprint,
    ModuleVersion,
    VersionSettings,
    frozen,
)
from domain.kernel.aggregate import Aggregate, not_before
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Items, Paragraph, Slug, Tags, Title, enforce, slug_of

MAX_SECTIONS = 200

Prerequisites = Annotated[tuple[UUID, ...], Items(20, unique=True)]


class TrainingModule(Aggregate):
    """A course in the catalogue. It owns its sections, and through them the questions.

    Sections, questions and rules are the author's working copy; learners see them as the last ModuleVersion froze them,
    whose number is `version_number`. Prerequisites are not part of a version: otherwise two versions could require each
    other.
    """

    slug: Slug
    title: Title
    summary: Paragraph
    tags: Tags
    citation: Citation | None
    estimated_minutes: Minutes | None
    prerequisites: Prerequisites
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
        rules: CompletionRules,
        evidence: EvidenceTerms,
        sections: Sequence[ModuleSection],
        now: datetime,
    ) -> None:
        self.id = id
        self.slug = slug
        self.title = title
        self.summary = summary
        self.tags = tuple(tags)
        self.citation = citation
        self.estimated_minutes = estimated_minutes
        self.rules = rules
        self.evidence = evidence
        self.prerequisites = ()
        self.status = ModuleStatus.DRAFT
        self.version_number: int | None = None
        self.content_hash: str | None = None
        self.sections = list(sections)
        self.version = 1
        self.created_at = self.updated_at = now
        self.published_at: datetime | None = None
        self.archived_at: datetime | None = None
        enforce(self)
        settle(self.sections, {}, now=now)

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
        rules: CompletionRules = USUAL_RULES,
        evidence: EvidenceTerms = USUAL_TERMS,
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
            rules=rules,
            evidence=evidence,
            sections=sections,
            now=now,
        )
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
        rules: CompletionRules,
        evidence: EvidenceTerms,
    ) -> None:
        """Replace the module's own description and rules; sections are edited one by one."""
        with self._editing(now):
            self.slug, self.title, self.summary, self.tags = slug, title, summary, tuple(tags)
            self.citation, self.estimated_minutes = citation, estimated_minutes
            self.rules, self.evidence = rules, evidence
            enforce(self)

    def require_first(
        self, prerequisites: Sequence[UUID], catalogue: Mapping[UUID, Sequence[UUID]], *, now: datetime
    ) -> None:
        """Replace the prerequisites: the modules that must be completed before this one. It takes effect at once.

        `catalogue` has the prerequisites of every module. Raises PrerequisiteCircle, and InvalidValue for a module that
        does not exist.
        """
        with self._editing(now):
            require_no_circle(self.id, prerequisites, catalogue)
            self.prerequisites = tuple(prerequisites)
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
        """Remove the section with its questions. Raises LastSection if a published module would become empty."""
        with self._editing(now):
            section = self.section(section_id)
            if self.status is ModuleStatus.PUBLISHED and len(self.sections) == 1:
                raise LastSection
            self.sections.remove(section)

    def reorder_sections(self, order: Sequence[UUID], *, now: datetime) -> None:
        """Reorder the sections: name each of them exactly once."""
        with self._editing(now):
            by_id = {section.id: section for section in self.sections}
            if len(order) != len(by_id) or set(order) != by_id.keys():
                raise InvalidValue("must name every section of the module exactly once", "section_ids")
            self.sections[:] = [by_id[section_id] for section_id in order]

    def replace_sections(self, sections: Sequence[ModuleSection], *, now: datetime) -> None:
        """Replace all sections, as when a catalogue is loaded again.

        A section with the title and kind of a present one takes over its id, so that completed sections still count.
        """
        with self._editing(now):
            if self.status is ModuleStatus.PUBLISHED and not sections:
                raise LastSection
            present = list(self.sections)
            for section in sections:
                if earlier := next((each for each in present if each.is_like(section)), None):
                    present.remove(earlier)
                    section.stand_in_for(earlier)
            self.sections[:] = sections
            enforce(self)

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

    def publish(
        self,
        fingerprint: Fingerprint,
        *,
        by: UUID | None,
        now: datetime,
        change_note: str = "",
        material: bool = False,
        move_enrollments: bool = False,
        reopening: Reopening = NOTHING_REOPENS,
    ) -> ModuleVersion:
        """Freeze the module's content as a new version for learners.

        It needs a section, and in each quiz as many questions as the quiz draws. Raises ModuleNotReady, NothingNew or
        ModuleIsArchived.
        """
        if self.status is ModuleStatus.ARCHIVED:
            raise ModuleIsArchived
        require_ready(self.sections)
        settings = VersionSettings(
            self.title, self.summary, self.citation, self.estimated_minutes, self.rules, self.evidence
        )
        sections, questions = frozen(self.sections)
        content_hash = fingerprint((settings, sections, questions))
        if content_hash == self.content_hash:
            raise NothingNew
        self.version_number = (self.version_number or 0) + 1
        self.content_hash = content_hash
        self.status = ModuleStatus.PUBLISHED
        self.published_at = not_before(now, self.created_at, self.published_at)
        chosen = (material, move_enrollments, reopening.reopens, reopening.due_on)
        self._changed(now, ModulePublished(self.id, self.version + 1, self.version_number, *chosen))
        return ModuleVersion(
            self.id,
            self.version_number,
            settings,
            sections,
            questions,
            content_hash,
            change_note,
            material,
            published_at=self.published_at,
            published_by=by,
            reopens=reopening.reopens,
            reopen_due_on=reopening.due_on,
        )

    def archive(self, *, now: datetime) -> None:
        """Remove a published module from the catalogue permanently. Its records are kept."""
        if self.status is ModuleStatus.ARCHIVED:
            raise ModuleIsArchived
        if self.status is ModuleStatus.DRAFT:
            raise ModuleNotPublished
        self.status = ModuleStatus.ARCHIVED
        self.archived_at = not_before(now, self.published_at)
        self._changed(now, ModuleArchived(self.id))

    def delete(self) -> None:
        """Allow deletion: only a draft that was never published may be removed entirely."""
        if self.status is not ModuleStatus.DRAFT:
            raise ModuleNotDraft(f"The module is {self.status}; only a draft can be deleted. Archive it instead.")
        self._happened(ModuleDeleted(self.id, self.slug))

    def section(self, section_id: UUID) -> ModuleSection:
        """Raises SectionNotFound."""
        found = next((section for section in self.sections if section.id == section_id), None)
        if found is None:
            raise SectionNotFound
        return found

    @contextmanager
    def _editing(self, now: datetime) -> Iterator[None]:
        if self.status is ModuleStatus.ARCHIVED:
            raise ModuleIsArchived
        before, sections = written(self.sections), [section.id for section in self.sections]
        yield
        settle(self.sections, before, now=now)
        changed = changed_parts(sections, before, self.sections)
        self._changed(now, ModuleEdited(self.id, self.version + 1, *changed))
