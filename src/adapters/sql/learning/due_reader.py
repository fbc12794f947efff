"""Finds due enrollments."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, Uuid, bindparam, select, tuple_

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.pages import at_most
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment
from adapters.sql.learning.tables import enrollments
from application.learning.settling import DueEnrollment, DueReader

PLACE = (enrollments.c.settles_at, enrollments.c.module_id, enrollments.c.user_id)
LAST = (
    bindparam("settles_at", type_=Moment()),
    bindparam("module_id", type_=Uuid()),
    bindparam("user_id", type_=Uuid()),
)


@cache
def _due(after: bool) -> Select[Any]:
    is_due = enrollments.c.settles_at <= bindparam("now", type_=Moment())
    statement = select(*columns_of(DueEnrollment, enrollments)).where(is_due)
    if after:
        statement = statement.where(tuple_(*PLACE) > tuple_(*LAST))
    return statement.order_by(*PLACE).limit(at_most())


@serves(DueReader)
class SqlDueReader:
    """Due enrollments, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def due(self, now: datetime, after: DueEnrollment | None, limit: int) -> list[DueEnrollment]:
        place = {}
        if after is not None:
            place = {"settles_at": after.settles_at, "module_id": after.module_id, "user_id": after.user_id}
        rows = await self._reads.rows(_due(after is not None), now=now, limit=limit, **place)
        return [DueEnrollment(*row) for row in rows]
