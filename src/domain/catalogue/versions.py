"""Module versions: the content frozen by publishing, so that it can be shown years later what somebody has learned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms, SectionOutline
from domain.catalogue.questions import QuestionMetadata
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Attestation, ModuleSection, SectionContent, SectionNotFound
from domain.kernel.errors import NotFound
from domain.kernel.values import Text

Citation = Annotated[str, Text(200)]
ChangeNote = Annotated[str, Text(2_000, min=0, form="lines")]

Fingerprint = Callable[[object], str]
"""Gives the SHA-256, in 64 hexadecimal digits, of a document's canonical form."""


class VersionNotFound(NotFound):
    slug = "version-not-found"
    title = "No such version"
    sentence = "The module has no version with this number."


BLOODBORNE_PATHOGENS = "1910.1030"
"""29 CFR 1910.1030(h)(2)(i): training records include the names of all who attended."""


@dataclass(frozen=True, slots=True)
class VersionSettings:
    """The module's description and rules, as published."""

    title: str
    summary: str
    citation: str | None
    estimated_minutes: int | None
    rules: CompletionRules
    evidence: EvidenceTerms

    @property
    def asks_for_names(self) -> bool:
        """Whether a record of this training must have the learner's name, by the rule that is cited."""
        return asks_for_names(self.citation)


def asks_for_names(citation: str | None) -> bool:
    """Whether the cited rule requires the names of those who were trained."""
    return BLOODBORNE_PATHOGENS in (citation or "")


@dataclass(frozen=True, slots=True)
class VersionedSection:
    """A section as it was published."""

    id: UUID
    position: int
    title: str
    content: SectionContent


@dataclass(frozen=True, slots=True)
class VersionedQuestion:
    """A question as it was published, with the right answer: for authors only."""

    id: UUID
    section_id: UUID
    prompt: str
    points: int
    explanation: str
    metadata: QuestionMetadata


def frozen(sections: Sequence[ModuleSection]) -> tuple[tuple[VersionedSection, ...], tuple[VersionedQuestion, ...]]:
    """These sections and their questions as they are now."""
    return (
        tuple(VersionedSection(s.id, s.position, s.title, s.content) for s in sections),
        tuple(
            VersionedQuestion(q.id, section.id, q.prompt, q.points, q.explanation, q.metadata)
            for section in sections
            for q in section.questions
        ),
    )


@dataclass(frozen=True, slots=True)
class ModuleVersion:
    """A module as it was published. It never changes. Numbers count from 1.

    `content_hash` is the fingerprint of settings, sections and questions. A `material` version changes what people must
    know; incomplete enrollments may be moved to it, and it may reopen what was met with older versions.
    """

    module_id: UUID
    number: int
    settings: VersionSettings
    sections: tuple[VersionedSection, ...]
    questions: tuple[VersionedQuestion, ...]
    content_hash: str
    change_note: ChangeNote
    material: bool
    published_at: datetime
    published_by: UUID | None
    reopens: Reopens = Reopens.NOBODY
    reopen_due_on: date | None = None

    @property
    def outline(self) -> tuple[SectionOutline, ...]:
        """The sections as progress needs them."""
        return tuple(
            SectionOutline(
                section.id,
                section.title,
                section.content.kind,
                section.content.statement if isinstance(section.content, Attestation) else None,
            )
            for section in self.sections
        )

    def section(self, section_id: UUID) -> VersionedSection:
        """Raises SectionNotFound."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise SectionNotFound

    def questions_of(self, section_id: UUID) -> tuple[VersionedQuestion, ...]:
        """The questions of a quiz, in order."""
        return tuple(question for question in self.questions if question.section_id == section_id)

    def still_counts(self, later: ModuleVersion) -> frozenset[UUID]:
        """The sections that a later version has unchanged, so that their completion still counts.

        Their position among the other sections does not matter.
        """
        taught = self._taught
        return frozenset(
            section_id
            for section_id, what in later._taught.items()
            if section_id in taught and taught[section_id] == what
        )

    @property
    def _taught(self) -> dict[UUID, tuple[object, ...]]:
        return {each.id: (each.title, each.content, self.questions_of(each.id)) for each in self.sections}


@dataclass(frozen=True, slots=True)
class Publication:
    """When a version was published (UTC)."""

    number: int
    published_at: datetime


def number_on_offer(publications: Sequence[Publication], moment: datetime) -> int | None:
    """The version offered at that time; before the first one, the first one if it was published on the same date.

    The day is that of the moment's own offset from UTC. None when nothing had been published by then.
    """
    by_then = [each.number for each in publications if each.published_at <= moment]
    if by_then:
        return max(by_then)
    first = min(publications, key=lambda each: each.number, default=None)
    if first is not None and first.published_at.astimezone(moment.tzinfo).date() == moment.date():
        return first.number
    return None


class _Identified(Protocol):
    @property
    def id(self) -> UUID: ...


Part = TypeVar("Part", bound=_Identified)


@dataclass(frozen=True, slots=True)
class PartChanges:
    """The ids of added, removed and changed parts, each in the order of the version that has it."""

    added: tuple[UUID, ...]
    removed: tuple[UUID, ...]
    changed: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """How two versions of a module differ. `settings` has the names of the settings that differ."""

    settings: tuple[str, ...]
    sections: PartChanges
    questions: PartChanges


def compare(earlier: ModuleVersion, later: ModuleVersion) -> VersionComparison:
    """The differences of a later version from an earlier one. A section that only moved counts as changed."""
    return VersionComparison(
        settings=tuple(
            each.name
            for each in fields(VersionSettings)
            if getattr(earlier.settings, each.name) != getattr(later.settings, each.name)
        ),
        sections=_changes(earlier.sections, later.sections),
        questions=_changes(earlier.questions, later.questions),
    )


def _changes(earlier: Iterable[Part], later: Iterable[Part]) -> PartChanges:
    before = {part.id: part for part in earlier}
    after = {part.id: part for part in later}
    return PartChanges(
        added=tuple(part_id for part_id in after if part_id not in before),
        removed=tuple(part_id for part_id in before if part_id not in after),
        changed=tuple(part_id for part_id, part in after.items() if before.get(part_id, part) != part),
    )
