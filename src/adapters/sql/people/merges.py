"""Merges of users."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.mapping import stored
from adapters.sql.kit.recorded import clock, moment_of
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.tables import user_merges, users
from application.people.ports import UserMerges
from domain.people.merging import UserMerge
from domain.people.users import User


@serves(UserMerges)
class SqlUserMerges:
    """Implements application.people.ports.UserMerges."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def locked(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        session = await self._unit.session()
        await session.flush()
        # Locked in the same order everywhere. The lock also waits for rows that name these users by a foreign key.
        some = select(stored(User)).where(any_of(users.c.id, "ids")).order_by(users.c.id).with_for_update()
        found = await session.scalars(some.execution_options(populate_existing=True), {"ids": user_ids})
        return {user.id: self._unit.touch(user) for user in found}

    async def merged_into(self, user_id: UUID) -> list[User]:
        session = await self._unit.session()
        await session.flush()
        some = select(stored(User)).where(users.c.merged_into == user_id).order_by(users.c.id).with_for_update()
        return [self._unit.touch(user) for user in await session.scalars(some)]

    async def merged_ids(self, user_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        for into, user_id in await self._unit.fetch(MERGED, ids=user_ids):
            found.setdefault(into, []).append(user_id)
        return found

    async def persons(self, user_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        return {row[0]: row[1] for row in await self._unit.fetch(PERSONS, ids=user_ids)}

    async def add(self, merge: UserMerge) -> None:
        session = await self._unit.session()
        await session.flush()
        row = {each.name: getattr(merge, each.name) for each in user_merges.c if each.name != "recorded_at"}
        if self._unit.dialect != "postgresql":
            row["recorded_at"] = moment_of(self._unit.dialect, await session.scalar(clock(self._unit.dialect)))
        await self._unit.insert(user_merges, [row])

    async def of(self, user_id: UUID) -> list[UserMerge]:
        return [UserMerge(*row) for row in await self._unit.fetch(DECIDED, ids=[user_id])]


MERGED = select(users.c.merged_into, users.c.id).where(any_of(users.c.merged_into, "ids")).order_by(users.c.id)
PERSONS = select(users.c.id, users.c.merged_into).where(any_of(users.c.id, "ids"), users.c.merged_into.is_not(None))
DECIDED = (
    select(*columns_of(UserMerge, user_merges))
    .where(any_of(user_merges.c.user_id, "ids"))
    .order_by(user_merges.c.decided_at, user_merges.c.id)
)
