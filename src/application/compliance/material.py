"""Material versions of modules that reopen what was met with older ones, as their publishers have chosen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.catalogue import reopening
from domain.compliance.facts import MaterialVersion, Reopens
from domain.kernel.days import DayOf

Material = dict[UUID, tuple[MaterialVersion, ...]]
"""Those of some modules, by number."""


class MaterialVersions(Protocol):
    """Versions that reopen something, as this unit of work has left them."""

    async def of(self, module_ids: Collection[UUID], day_of: DayOf) -> Material:
        """Those of these modules that have any, in one statement.

        `day_of` tells which day it was where the organization is when they were published.
        """


def material_version(
    module_id: UUID,
    number: int,
    published_at: datetime,
    reopens: reopening.Reopens,
    due_on: date | None,
    day_of: DayOf,
) -> MaterialVersion:
    """The fact that the engine is given about a published version, or one that is to be published."""
    published_on = day_of(published_at)
    if due_on is not None:
        # The organization may have had another time zone when it was published.
        published_on = min(published_on, due_on)
    return MaterialVersion(module_id, number, published_on, Reopens(reopens.value), due_on or published_on)
