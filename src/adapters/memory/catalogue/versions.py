"""Module versions in memory."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from adapters.memory.catalogue.tables import VERSIONS
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.registry import serves
from application.catalogue.modules.queries import SectionView
from application.catalogue.ports import Versions
from application.catalogue.versions.queries import (
    VersionDetail,
    VersionPair,
    VersionReader,
    VersionSummary,
    number_cursor,
)
from application.kernel.messages import Cursor, Page
from domain.catalogue.reopening import Reopens
from domain.catalogue.versions import ModuleVersion, Publication, VersionNotFound


@serves(Versions)
class MemoryVersions:
    """Implements application.catalogue.ports.Versions."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._versions = unit.draft(VERSIONS)

    async def add(self, version: ModuleVersion) -> None:
        self._versions.put((version.module_id, version.number), version)

    async def get(self, module_id: UUID, number: int) -> ModuleVersion:
        version = self._versions.peek((module_id, number))
        if version is None:
            raise VersionNotFound
        return version

    async def publications(self, module_id: UUID) -> list[Publication]:
        found = [
            Publication(each.number, each.published_at) for each in self._versions.rows() if each.module_id == module_id
        ]
        return sorted(found, key=lambda each: each.number)


@serves(VersionReader)
class MemoryVersionReader:
    """Implements application.catalogue.versions.queries.VersionReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._versions = store.table(VERSIONS)

    async def of_module(self, module_id: UUID, after: Cursor | None, limit: int) -> Page[VersionSummary] | None:
        found = sorted(
            (version for (owner, _), version in self._versions.by_key.items() if owner == module_id),
            key=lambda version: -version.number,
        )
        if not found:
            return None
        rest = [version for version in found if after is None or version.number < after.id.int]
        shown = [VersionSummary(*_columns(version)) for version in rest[:limit]]
        return Page(shown, number_cursor(shown[-1]) if len(rest) > limit else None)

    async def detail(self, module_id: UUID, number: int) -> VersionDetail | None:
        version = self._versions.peek((module_id, number))
        if version is None:
            return None
        return VersionDetail(*_columns(version), settings=version.settings, sections=sections_of(version))

    async def pair(self, module_id: UUID, earlier: int, later: int) -> VersionPair | None:
        first, second = (self._versions.peek((module_id, number)) for number in (earlier, later))
        return None if first is None or second is None else VersionPair(first, second)


def sections_of(version: ModuleVersion) -> list[SectionView]:
    """The sections as they are shown."""
    return [SectionView(section.id, section.position, section.title, section.content) for section in version.sections]


def _columns(version: ModuleVersion) -> tuple[UUID, int, str, str, bool, datetime, UUID | None, Reopens, date | None]:
    return (
        version.module_id,
        version.number,
        version.content_hash,
        version.change_note,
        version.material,
        version.published_at,
        version.published_by,
        version.reopens,
        version.reopen_due_on,
    )
