"""Material versions: one statement over the versions of some modules, without what they teach."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from adapters.registry import serves
from adapters.sql.catalogue.tables import versions
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.units import SqlUnit
from application.compliance.material import Material, MaterialVersions, material_version
from domain.catalogue.reopening import Reopens
from domain.kernel.days import DayOf

VERSION = versions.c
REOPENING = (
    select(VERSION.module_id, VERSION.number, VERSION.published_at, VERSION.reopens, VERSION.reopen_due_on)
    .where(any_of(VERSION.module_id, "module_ids"), VERSION.reopens != Reopens.NOBODY)
    .order_by(VERSION.module_id, VERSION.number)
)


@serves(MaterialVersions)
class SqlMaterialVersions:
    """Implements application.compliance.material.MaterialVersions."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, module_ids: Collection[UUID], day_of: DayOf) -> Material:
        rows = await self._unit.fetch(REOPENING, module_ids=sorted(set(module_ids)))
        found: Material = {}
        for module_id, number, published_at, reopens, due_on in rows:
            version = material_version(module_id, number, published_at, reopens, due_on, day_of)
            found[module_id] = (*found.get(module_id, ()), version)
        return found
