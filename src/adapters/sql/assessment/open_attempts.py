"""Open attempts, of one user or of many."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, literal, update

from adapters.registry import serves
from adapters.sql.assessment.attempts import locking
from adapters.sql.assessment.tables import OPEN, attempts
from adapters.sql.kit.expressions import any_of, not_before
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.merged import of_person
from application.assessment.ports import OpenAttempts
from domain.assessment.attempt_events import AttemptSuperseded
from domain.assessment.attempts import AttemptStatus, QuizAttempt


@serves(OpenAttempts)
class SqlOpenAttempts:
    """Implements application.assessment.ports.OpenAttempts."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def open_at(self, module_id: UUID, user_id: UUID) -> list[QuizAttempt]:
        mine = (
            of_person(attempts.c.user_id, literal(user_id, Uuid())),
            attempts.c.module_id == module_id,
            attempts.c.status == OPEN,
        )
        session = await self._unit.session()
        found = await session.scalars(locking(*mine).order_by(attempts.c.id))
        return [self._unit.touch(attempt) for attempt in found]

    async def keep(self, attempt: QuizAttempt) -> None:
        session = await self._unit.session()
        await session.flush()

    async def supersede(
        self, module_id: UUID, user_ids: Sequence[UUID], but_at: Collection[UUID], now: datetime
    ) -> list[AttemptSuperseded]:
        session = await self._unit.session()
        mine = (any_of(attempts.c.user_id, "who"), attempts.c.module_id == module_id)
        given_up = await session.execute(
            update(attempts)
            .where(*mine, attempts.c.section_id.not_in(but_at), attempts.c.status == OPEN)
            .values(
                status=AttemptStatus.SUPERSEDED,
                version=attempts.c.version + 1,
                updated_at=not_before(now, attempts.c.updated_at),
            )
            .returning(attempts.c.id, attempts.c.section_id, attempts.c.user_id),
            {"who": list(user_ids)},
        )
        told = (AttemptSuperseded(row.id, module_id, row.section_id, row.user_id) for row in given_up)
        return sorted(told, key=lambda each: each.attempt_id)
