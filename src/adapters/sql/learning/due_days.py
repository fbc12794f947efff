"""By which days people must complete modules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, delete, select

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.units import SqlUnit
from adapters.sql.learning.tables import module_due_days
from application.learning.ports import ModuleDueDays
from domain.learning.due_days import ModuleDue

DUE = module_due_days.c
FOUND = (
    select(DUE.user_id, *columns_of(ModuleDue, module_due_days))
    .where(any_of(DUE.user_id, "ids"))
    .order_by(DUE.user_id, DUE.module_id, DUE.from_day)
)
REMOVE = delete(module_due_days).where(
    DUE.user_id == bindparam("of_user", type_=Uuid()),
    DUE.module_id == bindparam("of_module", type_=Uuid()),
    DUE.from_day == bindparam("of_day", type_=Date()),
)


@serves(ModuleDueDays)
class SqlModuleDueDays:
    """Implements application.learning.ports.ModuleDueDays."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_ids: Sequence[UUID]) -> dict[UUID, tuple[ModuleDue, ...]]:
        found: dict[UUID, list[ModuleDue]] = defaultdict(list)
        for user_id, *due in await self._unit.fetch(FOUND, ids=user_ids):
            found[user_id].append(ModuleDue(*due))
        return {user_id: tuple(due) for user_id, due in found.items()}

    async def replace(self, due: Mapping[UUID, Sequence[ModuleDue]]) -> int:
        known = await self.of(sorted(due))
        old = [(who, each) for who, held in known.items() for each in held if each not in due[who]]
        new = [(who, each) for who, wanted in due.items() for each in wanted if each not in known.get(who, ())]
        if old:
            session = await self._unit.session()
            await session.execute(
                REMOVE,
                [{"of_user": who, "of_module": each.module_id, "of_day": each.from_day} for who, each in old],
            )
        if new:
            await self._unit.insert(module_due_days, [_row(who, each) for who, each in new])
        return len(old) + len(new)


def _row(user_id: UUID, due: ModuleDue) -> dict[str, object]:
    return {
        "user_id": user_id,
        "module_id": due.module_id,
        "from_day": due.from_day,
        "until": due.until,
        "due_on": due.due_on,
        "due_key": due.due_on.isoformat(),
    }
