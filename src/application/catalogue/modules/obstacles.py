"""Nobody who is under way in a module removes what he or she must complete first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from application.catalogue.ports import AuthorsLearning, Modules
from domain.kernel.oversight import OwnLearning

NOTHING = OwnLearning({})
"""What the service itself is learning."""


async def own_learning(
    by: UUID | None, module_ids: Sequence[UUID], modules: Modules, learning: AuthorsLearning, today: date
) -> OwnLearning:
    """What somebody is learning in these modules; nobody is enrolled in them until the unit of work ends."""
    if module_ids:
        await modules.close(*module_ids)
    return await learning.of(by, module_ids, today) if by is not None and module_ids else NOTHING


async def own_learning_behind(
    by: UUID | None, module_id: UUID, modules: Modules, learning: AuthorsLearning, today: date
) -> OwnLearning:
    """What somebody is learning in the modules that this one comes before."""
    if by is None:
        return NOTHING
    catalogue = await modules.prerequisites()
    behind = [each for each, first in catalogue.items() if module_id in first]
    return await own_learning(by, behind, modules, learning, today)
