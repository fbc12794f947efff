"""The enrollments of users who turn out to be one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import raiseload

from adapters.registry import serves
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.mapping import stored
from adapters.sql.kit.units import SqlUnit
from adapters.sql.learning.tables import completions, enrollments
from application.learning.ports import PersonalEnrollments
from domain.kernel.aggregate import not_before
from domain.learning.enrollments import Enrollment


@serves(PersonalEnrollments)
class SqlPersonalEnrollments:
    """Implements application.learning.ports.PersonalEnrollments."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_ids: Sequence[UUID]) -> list[Enrollment]:
        session = await self._unit.session()
        await session.flush()
        # Attributes of the ORM's class are known only once it is mapped.
        kind: Any = stored(Enrollment)
        some = select(stored(Enrollment)).where(any_of(enrollments.c.user_id, "who"))
        some = some.order_by(enrollments.c.module_id, enrollments.c.user_id).with_for_update()
        found = list(
            await session.scalars(
                some.options(raiseload(kind.completions)).execution_options(populate_existing=True), {"who": user_ids}
            )
        )
        for each in found:
            # Others load them to change them.
            session.expunge(each)
        return found

    async def exchange(self, module_ids: Sequence[UUID], one: UUID, other: UUID, now: datetime) -> None:
        if not module_ids:
            return
        given = {"modules": module_ids, "who": [one, other]}
        owner = {one: other, other: one}
        # Rows of a section refer to their enrollment, and no two enrollments have the same cycle.
        done = [{**row, "user_id": owner[row["user_id"]]} for row in await self._taken(completions, given)]
        handed = [
            {
                **row,
                "user_id": owner[row["user_id"]],
                "version": row["version"] + 1,
                "updated_at": not_before(now, row["updated_at"]),
            }
            for row in await self._taken(enrollments, given)
        ]
        session = await self._unit.session()
        await session.execute(insert(enrollments), handed)
        if done:
            await session.execute(insert(completions), done)

    async def _taken(self, table: Table, given: dict[str, Any]) -> list[dict[str, Any]]:
        session = await self._unit.session()
        some = delete(table).where(any_of(table.c.module_id, "modules"), any_of(table.c.user_id, "who"))
        rows = await session.execute(some.returning(*table.c), given)
        return [dict(row) for row in rows.mappings()]
