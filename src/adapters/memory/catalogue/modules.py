"""Training modules in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES, SLUG, VERSIONS
from adapters.memory.catalogue.versions import sections_of
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import Place, in_order
from adapters.memory.learning.tables import ENROLLMENTS
from adapters.registry import serves
from application.catalogue.modules.queries import (
    ModuleDetail,
    ModuleFilter,
    ModuleReader,
    ModuleSort,
    ModuleSummary,
)
from application.catalogue.ports import Modules
from application.kernel.messages import Cursor, Page
from domain.catalogue.module_life import ModuleInUse, ModuleNotFound, ModuleOffer, ModuleStatus
from domain.catalogue.modules import TrainingModule
from domain.kernel.typography import folded, mentions


def offer_of(module: TrainingModule) -> ModuleOffer:
    """What the module offers to learners."""
    return ModuleOffer(module.status, module.version_number, module.archived_at)


@serves(Modules)
class MemoryModules:
    """Implements application.catalogue.ports.Modules."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._modules = unit.draft(MODULES)
        self._enrollments = unit.draft(ENROLLMENTS)

    async def get(self, module_id: UUID) -> TrainingModule:
        module = self._modules.load(module_id)
        if module is None:
            raise ModuleNotFound
        return module

    async def by_slug(self, slug: str) -> TrainingModule | None:
        return self._modules.load_by(SLUG, slug)

    async def add(self, module: TrainingModule) -> None:
        self._modules.put(module.id, module)

    async def remove(self, module: TrainingModule) -> None:
        if any(enrollment.module_id == module.id for enrollment in self._enrollments.rows()):
            raise ModuleInUse
        self._modules.remove(module.id)

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        module = self._modules.peek(module_id)
        return None if module is None else offer_of(module)

    async def prerequisites(self) -> dict[UUID, tuple[UUID, ...]]:
        return {module.id: module.prerequisites for module in self._modules.rows()}

    async def close(self, *module_ids: UUID) -> None:
        """Nothing to lock: units run one after the other."""


@serves(ModuleReader)
class MemoryModuleReader:
    """Implements application.catalogue.modules.queries.ModuleReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._modules = store.table(MODULES)
        self._versions = store.table(VERSIONS)

    async def page(
        self,
        where: ModuleFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: ModuleSort = ModuleSort.NEWEST,
        total: bool = False,
    ) -> Page[ModuleSummary]:
        rows = (module for module in self._modules.rows() if _fits(module, where))
        return in_order(rows, PLACES[sort.field], ModuleSummary.of, after=after, limit=limit, sort=sort, total=total)

    async def worked_on(self, module_id: UUID) -> ModuleDetail | None:
        module = self._modules.peek(module_id)
        return None if module is None else ModuleDetail.of(module)

    async def offered(self, module_id: UUID) -> ModuleDetail | None:
        module = self._modules.peek(module_id)
        if module is None or module.version_number is None:
            return None
        version = self._versions.by_key[module_id, module.version_number]
        settings = version.settings
        return replace(
            ModuleDetail.of(module),
            title=settings.title,
            summary=settings.summary,
            citation=settings.citation,
            estimated_minutes=settings.estimated_minutes,
            rules=settings.rules,
            evidence=settings.evidence,
            sections=sections_of(version),
        )

    async def version(self, module_id: UUID, *, drafts: bool) -> int | None:
        module = self._modules.peek(module_id)
        if module is None or (module.status is ModuleStatus.DRAFT and not drafts):
            return None
        return module.version


def _fits(module: TrainingModule, where: ModuleFilter) -> bool:
    return (
        (where.drafts or module.status is not ModuleStatus.DRAFT)
        and (where.status is None or module.status is where.status)
        and (not where.tags or not {*where.tags}.isdisjoint(module.tags))
        and (not where.ids or module.id in where.ids)
        and (where.q is None or mentions(where.q, module.title, module.summary, module.slug))
    )


PLACES: dict[str, Callable[[TrainingModule], Place]] = {
    "created_at": lambda module: (module.created_at, module.id),
    "title": lambda module: (folded(module.title), module.id),
}
