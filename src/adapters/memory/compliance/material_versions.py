"""Material versions in memory."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from adapters.memory.catalogue.tables import VERSIONS
from adapters.memory.kit.store import MemoryUnit
from adapters.registry import serves
from application.compliance.material import Material, MaterialVersions, material_version
from domain.catalogue.reopening import Reopens
from domain.kernel.days import DayOf


@serves(MaterialVersions)
class MemoryMaterialVersions:
    """Implements application.compliance.material.MaterialVersions."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._versions = unit.draft(VERSIONS)

    async def of(self, module_ids: Collection[UUID], day_of: DayOf) -> Material:
        found: Material = {}
        for each in sorted(self._versions.rows(), key=lambda version: (version.module_id, version.number)):
            if each.module_id in module_ids and each.reopens is not Reopens.NOBODY:
                version = material_version(
                    *(each.module_id, each.number, each.published_at, each.reopens, each.reopen_due_on, day_of)
                )
                found[each.module_id] = (*found.get(each.module_id, ()), version)
        return found
