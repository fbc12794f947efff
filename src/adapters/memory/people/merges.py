"""Merges of users, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.people.merged import ids_of
from adapters.memory.people.tables import USER_MERGES, USERS
from adapters.registry import serves
from application.people.ports import UserMerges
from domain.people.merging import UserMerge
from domain.people.users import User


@serves(UserMerges)
class MemoryUserMerges:
    """Implements application.people.ports.UserMerges."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._unit = unit
        self._users = unit.draft(USERS)
        self._merges = unit.draft(USER_MERGES)

    async def locked(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        found = map(self._users.load, user_ids)
        return {user.id: user for user in found if user is not None}

    async def merged_into(self, user_id: UUID) -> list[User]:
        found = sorted(ids_of(self._users, user_id) - {user_id})
        return [user for each in found if (user := self._users.load(each)) is not None]

    async def merged_ids(self, user_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        found = {user_id: sorted(ids_of(self._users, user_id) - {user_id}) for user_id in user_ids}
        return {user_id: merged for user_id, merged in found.items() if merged}

    async def persons(self, user_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        found = map(self._users.peek, user_ids)
        return {user.id: user.merged_into for user in found if user is not None and user.merged_into is not None}

    async def add(self, merge: UserMerge) -> None:
        self._merges.put(merge.id, replace(merge, recorded_at=self._unit.moment))

    async def of(self, user_id: UUID) -> list[UserMerge]:
        found = (each for each in self._merges.rows() if each.user_id == user_id)
        return sorted(found, key=lambda merge: (merge.decided_at, merge.id))
