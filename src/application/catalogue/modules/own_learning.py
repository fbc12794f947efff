"""Nobody who is enrolled in a module removes its prerequisites that they still have to complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from application.catalogue.ports import AuthorsLearning, Modules
from application.kernel.lists import Present
from domain.catalogue.prerequisites import modules_behind
from domain.kernel.oversight import OwnLearning

NOTHING = OwnLearning()
"""What the service itself is learning."""


async def own_learning(
    by: UUID | None, module_ids: Sequence[UUID], modules: Modules, learning: AuthorsLearning, at: Present
) -> OwnLearning:
    """What somebody is learning in these modules; nobody is enrolled in them until the unit of work ends."""
    await modules.close(*module_ids)
    return NOTHING if by is None else await learning.of(by, module_ids, at)


async def own_learning_behind(
    by: UUID | None,
    module_id: UUID,
    catalogue: Mapping[UUID, Sequence[UUID]],
    modules: Modules,
    learning: AuthorsLearning,
    at: Present,
) -> OwnLearning:
    """What somebody is learning in this module and in all those that it comes before, however far behind.

    `catalogue` has the prerequisites of every module.
    """
    return await own_learning(by, [module_id, *modules_behind(module_id, catalogue)], modules, learning, at)
