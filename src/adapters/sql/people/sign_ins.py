"""The repository of ended sign-ins."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, insert, select, update

from adapters.registry import serves
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.tables import ended_sign_ins
from application.people.ports import EndedSignIns
from domain.people.sign_ins import EndedSignIn, EndReason, fingerprint_of


@serves(EndedSignIns)
class SqlEndedSignIns:
    """Ended sign-ins in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def end(self, subject: str, ended: EndedSignIn) -> None:
        await self.reinstate(subject)
        session = await self._unit.session()
        await session.execute(
            insert(ended_sign_ins).values(
                fingerprint=fingerprint_of(subject),
                user_id=ended.user_id,
                reason=ended.reason,
                ended_at=ended.ended_at,
            )
        )

    async def of(self, subject: str) -> EndedSignIn | None:
        session = await self._unit.session()
        columns = (ended_sign_ins.c.user_id, ended_sign_ins.c.reason, ended_sign_ins.c.ended_at)
        found = await session.execute(select(*columns).where(ended_sign_ins.c.fingerprint == fingerprint_of(subject)))
        row = found.one_or_none()
        return EndedSignIn(*row) if row else None

    async def reinstate(self, subject: str) -> None:
        session = await self._unit.session()
        await session.execute(delete(ended_sign_ins).where(ended_sign_ins.c.fingerprint == fingerprint_of(subject)))

    async def seal(self, user_id: UUID) -> None:
        session = await self._unit.session()
        await session.execute(
            update(ended_sign_ins).where(ended_sign_ins.c.user_id == user_id).values(reason=EndReason.ERASED)
        )
