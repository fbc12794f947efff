"""Reading the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.catalogue.visibility import sees_drafts
from application.kernel.access import Actor, anyone
from application.kernel.handlers import handles
from application.kernel.lists import IdList, SearchText, Sort, require_cursor_of
from application.kernel.messages import Cursor, Page, PageSize, Query, RawJson
from application.kernel.views import view_of
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.module_life import ModuleNotFound, ModuleStatus
from domain.catalogue.modules import TrainingModule
from domain.catalogue.sections import ModuleSection, SectionContent
from domain.kernel.values import Items, Tag


@dataclass(slots=True)
class SectionView:
    """A section as a version shows it. `content.kind` says what it holds."""

    id: UUID
    position: int
    title: str
    content: Annotated[object, RawJson(SectionContent)]


@dataclass(slots=True)
class DraftedSection(SectionView):
    """A section of the working copy. `updated_at` is when the section, apart from its questions, last changed."""

    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, section: ModuleSection) -> DraftedSection:
        return view_of(cls, section)


@dataclass(slots=True)
class ModuleSummary:
    """A module as lists show it. `version_number` is the published version's, null before the first."""

    id: UUID
    slug: str
    title: str
    summary: str
    status: ModuleStatus
    tags: list[str]
    citation: str | None
    estimated_minutes: int | None
    version_number: int | None
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    archived_at: datetime | None

    @classmethod
    def of(cls, module: TrainingModule) -> ModuleSummary:
        return cls(*_columns(module))


@dataclass(slots=True)
class ModuleDetail(ModuleSummary):
    """A module with its rules and its sections in order.

    Those who see drafts get the author's working copy, everyone else the published version.
    """

    prerequisites: list[UUID]
    rules: Annotated[object, RawJson(CompletionRules)]
    evidence: Annotated[object, RawJson(EvidenceTerms)]
    sections: Annotated[object, RawJson(list[DraftedSection] | list[SectionView])]

    @classmethod
    def of(cls, module: TrainingModule) -> ModuleDetail:
        return cls(
            *_columns(module),
            prerequisites=list(module.prerequisites),
            rules=module.rules,
            evidence=module.evidence,
            sections=[DraftedSection.of(section) for section in module.sections],
        )


def _columns(
    module: TrainingModule,
) -> tuple[
    UUID, str, str, str, ModuleStatus, list[str], str | None, int | None, int | None,
    int, datetime, datetime, datetime | None, datetime | None,
]:  # fmt: skip
    return (
        module.id,
        module.slug,
        module.title,
        module.summary,
        module.status,
        list(module.tags),
        module.citation,
        module.estimated_minutes,
        module.version_number,
        module.version,
        module.created_at,
        module.updated_at,
        module.published_at,
        module.archived_at,
    )


class ModuleSort(Sort):
    """How the catalogue can be sorted."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    BY_TITLE = "title"
    BY_TITLE_BACKWARDS = "-title"


@dataclass(frozen=True, slots=True)
class ModuleFilter:
    """Which modules a list shows: those that meet all given conditions, with one of the tags.

    Each word of `q` is searched in title, summary and slug. Without `drafts` only modules that are or were published
    are shown.
    """

    status: ModuleStatus | None = None
    tags: tuple[str, ...] = ()
    q: str | None = None
    drafts: bool = False
    ids: tuple[UUID, ...] = ()


class ModuleReader(Protocol):
    """Reads the catalogue with one statement per call."""

    async def page(
        self,
        where: ModuleFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: ModuleSort = ModuleSort.NEWEST,
        total: bool = False,
    ) -> Page[ModuleSummary]:
        """Those that fit, in this order; with `total` also their number."""

    async def worked_on(self, module_id: UUID) -> ModuleDetail | None:
        """The module with the sections of the author's working copy, None when there is no such module."""

    async def offered(self, module_id: UUID) -> ModuleDetail | None:
        """The module with description, rules and sections as last published, None when it was never published."""

    async def version(self, module_id: UUID, *, drafts: bool) -> int | None:
        """The module's version alone; None when there is no such module or, without `drafts`, it is a draft."""


@dataclass(frozen=True, slots=True)
class ListModules(Query[Page[ModuleSummary]]):
    """The catalogue, newest first unless sorted otherwise."""

    id: IdList = ()
    status: ModuleStatus | None = None
    tag: Annotated[tuple[Tag, ...], Items(20)] = ()
    q: SearchText | None = None
    sort: ModuleSort = ModuleSort.NEWEST
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50

    def require_sense(self) -> None:
        require_cursor_of(self.sort, self.cursor)


@handles(ListModules, allow=anyone)
async def list_modules(query: ListModules, actor: Actor, modules: ModuleReader) -> Page[ModuleSummary]:
    """Show the catalogue to anyone who is signed in, without the sections.

    Drafts are shown to authors, compliance officers and administrators. A search in `q` finds its words in any order in
    title, summary and slug, without regard to case and accents.
    """
    where = ModuleFilter(query.status, query.tag, query.q, sees_drafts(actor), query.id)
    return await modules.page(where, query.cursor, query.limit, sort=query.sort, total=query.include_total)


@dataclass(frozen=True, slots=True)
class ReadModule(Query[ModuleDetail]):
    """One module with its sections."""

    module_id: UUID


async def module_version(query: ReadModule, actor: Actor, modules: ModuleReader) -> int | None:
    """The version of the module that `read_module` would show."""
    return await modules.version(query.module_id, drafts=sees_drafts(actor))


def module_view(actor: Actor) -> str:
    """Whether the actor gets the author's working copy or the published version."""
    return "" if sees_drafts(actor) else "offered"


@handles(ReadModule, allow=anyone, version=module_version, view=module_view, raises=(ModuleNotFound,))
async def read_module(query: ReadModule, actor: Actor, modules: ModuleReader) -> ModuleDetail:
    """Show one module with its sections to anyone who is signed in. Questions are shown to authors only.

    Authors, compliance officers and administrators see the working copy, all others the published version.
    """
    read = modules.worked_on if sees_drafts(actor) else modules.offered
    module = await read(query.module_id)
    if module is None:
        raise ModuleNotFound
    return module
