"""By which days people must complete modules, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.learning.tables import DUE_DAYS
from adapters.registry import serves
from application.learning.ports import ModuleDueDays
from domain.learning.due_days import ModuleDue


@serves(ModuleDueDays)
class MemoryModuleDueDays:
    """Implements application.learning.ports.ModuleDueDays."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._due_days = unit.draft(DUE_DAYS)

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[ModuleDue, ...]]:
        return {user_id: found for user_id in sorted(set(user_ids)) if (found := self._due_days.peek(user_id))}

    async def replace(self, due: Mapping[UUID, Sequence[ModuleDue]]) -> int:
        count = 0
        for user_id, wanted in due.items():
            count += len(set(self._due_days.peek(user_id) or ()) ^ set(wanted))
            self._due_days.put(user_id, tuple(sorted(wanted, key=lambda each: (each.module_id, each.from_day))))
        return count
