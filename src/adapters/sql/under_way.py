"""Enrollments that are not completed, many at a time: loaded and written by one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import raiseload

from adapters.sql.enrollments import enrollments
from adapters.sql.expressions import any_of
from adapters.sql.mapping import stored
from adapters.sql.units import SqlUnit
from domain.enrollments import Enrollment

KEYS = ("module_id", "user_id")
CHANGEABLE = tuple(column.name for column in enrollments.c if column.name not in (*KEYS, "enrolled_by", "enrolled_at"))
WRITE = (
    update(enrollments)
    .where(*(enrollments.c[name] == bindparam(f"of_{name}") for name in KEYS))
    .values({name: bindparam(f"to_{name}", type_=enrollments.c[name].type) for name in CHANGEABLE})
)


class SqlUnderWay:
    """Implements application.ports.UnderWay."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, module_id: UUID, user_ids: Sequence[UUID]) -> list[Enrollment]:
        statement = select(stored(Enrollment)).where(
            enrollments.c.module_id == module_id,
            any_of(enrollments.c.user_id, "user_ids"),
            enrollments.c.completed_at.is_(None),
        )
        # Attributes of the ORM's class are known only once it is mapped.
        kind: Any = stored(Enrollment)
        return await self._load(statement.options(raiseload(kind.completions)), user_ids=user_ids)

    async def keep(self, many: Sequence[Enrollment]) -> None:
        if many:
            session = await self._unit.session()
            # By the connection: the session would write them one by one.
            await (await session.connection()).execute(WRITE, [_row(each) for each in many])

    async def _load(self, statement: Select[Any], **parameters: Any) -> list[Enrollment]:
        session = await self._unit.session()
        await session.flush()
        locking = statement.order_by(enrollments.c.user_id).with_for_update()
        found = list(await session.scalars(locking.execution_options(populate_existing=True), parameters))
        for each in found:
            # It is `keep` that writes them.
            session.expunge(each)
        return [self._unit.touch(each) for each in found]


def _row(enrollment: Enrollment) -> dict[str, Any]:
    return {f"of_{name}": getattr(enrollment, name) for name in KEYS} | {
        f"to_{name}": getattr(enrollment, name) for name in CHANGEABLE
    }
