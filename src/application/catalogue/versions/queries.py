"""Reading published versions, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.catalogue.modules.queries import SectionView
from application.kernel.access import Actor, anyone, authors
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query, RawJson
from domain.catalogue.module_life import ModuleNotFound
from domain.catalogue.reopening import Reopens
from domain.catalogue.versions import ModuleVersion, VersionComparison, VersionNotFound, VersionSettings, compare
from domain.kernel.values import Between

Number = Annotated[int, Between(1, 1_000_000)]


@dataclass(slots=True)
class VersionSummary:
    """A version as lists show it. `content_hash` is the SHA-256 of settings, sections and questions.

    `reopens` says for whom older training does not count any longer; for everyone from the day after `reopen_due_on`.
    """

    module_id: UUID
    number: int
    content_hash: str
    change_note: str
    material: bool
    published_at: datetime
    published_by: UUID | None
    reopens: Reopens
    reopen_due_on: date | None


@dataclass(slots=True)
class VersionDetail(VersionSummary):
    """A version with its sections as learners see them, without the questions of its quizzes."""

    settings: Annotated[object, RawJson(VersionSettings)]
    sections: Annotated[object, RawJson(list[SectionView])]


@dataclass(frozen=True, slots=True)
class VersionPair:
    """Two versions of a module to compare."""

    earlier: ModuleVersion
    later: ModuleVersion


class VersionReader(Protocol):
    """Reads versions with one statement per call."""

    async def of_module(self, module_id: UUID, after: Cursor | None, limit: int) -> Page[VersionSummary] | None:
        """Newest first; None when there is no such module or it was never published."""

    async def detail(self, module_id: UUID, number: int) -> VersionDetail | None:
        """The version, None when there is no such one."""

    async def pair(self, module_id: UUID, earlier: int, later: int) -> VersionPair | None:
        """The two versions, None when one of them does not exist."""


def number_cursor(last: VersionSummary) -> Cursor:
    """The place after this version in a list: versions are ordered by number, which stands in for the id."""
    return Cursor(last.published_at, UUID(int=last.number))


@dataclass(frozen=True, slots=True)
class ListVersions(Query[Page[VersionSummary]]):
    """The versions of a module, newest first."""

    module_id: UUID
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListVersions, allow=anyone, raises=(ModuleNotFound,))
async def list_versions(query: ListVersions, actor: Actor, versions: VersionReader) -> Page[VersionSummary]:
    """Show anyone who is signed in which versions of a module were published, when and why."""
    page = await versions.of_module(query.module_id, query.cursor, query.limit)
    if page is None:
        raise ModuleNotFound
    return page


@dataclass(frozen=True, slots=True)
class ReadVersion(Query[VersionDetail]):
    """A version of a module, as it was published."""

    module_id: UUID
    number: Number


@handles(ReadVersion, allow=anyone, raises=(VersionNotFound,))
async def read_version(query: ReadVersion, actor: Actor, versions: VersionReader) -> VersionDetail:
    """Show anyone who is signed in a version with its sections. Questions are shown in attempts only."""
    version = await versions.detail(query.module_id, query.number)
    if version is None:
        raise VersionNotFound
    return version


@dataclass(frozen=True, slots=True)
class CompareVersions(Query[VersionComparison]):
    """How a version differs from another, usually an earlier one."""

    module_id: UUID
    number: Number
    since: Number


@handles(CompareVersions, allow=authors, raises=(VersionNotFound,))
async def compare_versions(query: CompareVersions, actor: Actor, versions: VersionReader) -> VersionComparison:
    """Show authors and administrators which settings, sections and questions were added, removed or changed."""
    pair = await versions.pair(query.module_id, query.since, query.number)
    if pair is None:
        raise VersionNotFound
    return compare(pair.earlier, pair.later)
