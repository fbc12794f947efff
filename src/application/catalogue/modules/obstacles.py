"""Nobody who is under way in a module removes what he or she must complete first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from application.catalogue.ports import Modules
from application.learning.under_way import UnderWay
from domain.kernel.oversight import OwnLearning

NOTHING = OwnLearning({})
"""What the service itself is learning."""


async def own_learning(by: UUID | None, module_ids: Sequence[UUID], under_way: UnderWay, today: date) -> OwnLearning:
    """What somebody is learning in these modules; nobody is enrolled in them until the unit of work ends."""
    if by is None or not module_ids:
        return NOTHING
    await under_way.close(*module_ids)
    return await under_way.learning_of(by, module_ids, today)


async def own_learning_behind(
    by: UUID | None, module_id: UUID, modules: Modules, under_way: UnderWay, today: date
) -> OwnLearning:
    """What somebody is learning in the modules that this one comes before."""
    if by is None:
        return NOTHING
    catalogue = await modules.prerequisites()
    return await own_learning(by, [each for each, first in catalogue.items() if module_id in first], under_way, today)
