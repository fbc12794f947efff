"""The modules that authors themselves are learning."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, exists, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules
from adapters.sql.evidence.counted_records import holds_record
from adapters.sql.kit.expressions import among, any_of
from adapters.sql.kit.local_days import on
from adapters.sql.kit.units import SqlUnit
from adapters.sql.learning.eligibility import USER_ID, is_offered
from adapters.sql.learning.tables import enrollments
from application.catalogue.ports import AuthorsLearning
from application.kernel.lists import Present
from domain.kernel.oversight import OwnLearning

owner = modules.alias("owner")
INCOMPLETE = exists().where(
    enrollments.c.module_id == owner.c.id, enrollments.c.user_id == USER_ID, enrollments.c.completed_at.is_(None)
)
LEARNING = (
    select(owner.c.id.label("module_id"), INCOMPLETE.label("incomplete"), modules.c.id.label("first"))
    .select_from(
        owner.outerjoin(
            modules,
            and_(
                among(modules.c.id, owner.c.prerequisites),
                is_offered(modules),
                ~holds_record(USER_ID, modules.c.id),
            ),
        )
    )
    .where(any_of(owner.c.id, "module_ids"))
)


@serves(AuthorsLearning)
class SqlAuthorsLearning:
    """Implements application.catalogue.ports.AuthorsLearning."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def of(self, user_id: UUID, module_ids: Sequence[UUID], at: Present) -> OwnLearning:
        session = await self._unit.session()
        await session.flush()
        rows = (await session.execute(LEARNING, {"user_id": user_id, "module_ids": module_ids, **on(at)})).all()
        lacking: dict[UUID, set[UUID]] = {}
        for row in rows:
            if row.first is not None:
                lacking.setdefault(row.module_id, set()).add(row.first)
        incomplete = frozenset(row.module_id for row in rows if row.incomplete)
        return OwnLearning(incomplete, {module_id: frozenset(first) for module_id, first in lacking.items()})
