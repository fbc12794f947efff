"""Loading modules kept as files into the catalogue, as often as one likes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypedDict

from application.access import Actor, authors
from application.bus import handles
from application.messages import Command
from application.modules.commands import NewSection
from application.modules.first import require_visible_prerequisites
from application.modules.printing import require_printable
from application.ports import Clock, Fingerprints, Ids, Modules, Typeface, Versions
from domain.completion import USUAL_RULES, USUAL_TERMS, CompletionRules, EvidenceTerms, Minutes
from domain.module_life import ModuleStatus, NothingNew
from domain.modules import MAX_SECTIONS, TrainingModule
from domain.sections import ModuleSection
from domain.values import Items, Paragraph, Slug, Tags, Title
from domain.versions import Citation


class Loaded(StrEnum):
    """What loading a module came to."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LoadModule(Command[Loaded]):
    """The module with this slug shall be exactly this, and published if asked for."""

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


@handles(LoadModule, allow=authors, internal=True)
async def load_module(
    command: LoadModule,
    actor: Actor,
    modules: Modules,
    versions: Versions,
    fingerprints: Fingerprints,
    ids: Ids,
    clock: Clock,
    typeface: Typeface,
) -> Loaded:
    """Authors, administrators and operators load a module: created when its slug is new, else brought up to date.

    What is the same already stays untouched, so that loading twice changes nothing. What changed is published as a
    new version; those who are under way stay with theirs.
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
            version = module.publish(fingerprints.of, by=actor.user_id, now=now)
        except NothingNew:
            return outcome
        await require_visible_prerequisites(module, modules)
        require_printable(module, typeface)
        await versions.add(version)
        return Loaded.UPDATED if outcome is Loaded.UNCHANGED else outcome
    return outcome


def _content(sections: list[ModuleSection]) -> list[object]:
    return [
        (
            section.title,
            section.content,
            [(q.prompt, q.points, q.explanation, q.metadata) for q in section.questions],
        )
        for section in sections
    ]
