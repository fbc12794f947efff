"""People in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import Place, in_order
from adapters.memory.people.merged import is_within
from adapters.memory.people.tables import EMAIL, EMPLOYEE_ID, SUPABASE_ID, USERS
from adapters.memory.people.zones import Zones
from adapters.registry import serves
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from application.people.ports import PlacedUser, Staff, Users
from application.people.users.queries import UserFilter, UserReader, UserSort, UserView
from domain.kernel.typography import is_one_of, mentions
from domain.people.names import employee_key, name_key
from domain.people.user_errors import UserNotFound
from domain.people.users import User


@serves(Users)
@serves(Staff)
class MemoryUsers:
    """Implements application.people.ports.Users."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._users = unit.draft(USERS)
        self._zones = Zones(unit.draft)

    async def get(self, user_id: UUID) -> User:
        user = self._users.load(user_id)
        if user is None:
            raise UserNotFound
        user.require_unmerged()
        return user

    async def by_email(self, email: str) -> User | None:
        return self._person(self._users.load_by(EMAIL, email))

    async def by_employee_id(self, employee_id: str) -> User | None:
        key = employee_key(employee_id)
        return None if key is None else self._person(self._users.load_by(EMPLOYEE_ID, key))

    def _person(self, user: User | None) -> User | None:
        """The user, or the one that it was merged into."""
        return user if user is None or user.merged_into is None else self._users.load(user.merged_into)

    async def by_supabase_id(self, supabase_id: str) -> User | None:
        return self._users.load_by(SUPABASE_ID, supabase_id)

    async def by_requested_sign_in(self, supabase_id: str) -> User | None:
        for user in self._users.rows():
            if user.requested_sign_in == supabase_id:
                return self._users.load(user.id)
        return None

    async def add(self, user: User) -> None:
        self._users.put(user.id, user)

    async def administrators(self) -> frozenset[UUID]:
        return frozenset(user.id for user in self._users.rows() if user.is_administrator)

    async def departments(self) -> frozenset[str]:
        return frozenset(user.department for user in self._users.rows() if user.department and user.merged_into is None)

    async def many(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        found = (self._users.peek(user_id) for user_id in user_ids)
        return {user.id: user for user in found if user}

    async def placed(self, user_ids: Sequence[UUID]) -> dict[UUID, PlacedUser]:
        found = await self.many(user_ids)
        return {user_id: PlacedUser(user, self._zones.of(user_id)) for user_id, user in found.items()}

    async def time_zones(self, user_ids: Sequence[UUID]) -> dict[UUID, str]:
        found = ((user_id, self._zones.of(user_id)) for user_id in user_ids)
        return {user_id: zone for user_id, zone in found if zone is not None}

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        found = (self._users.peek(user_id) for user_id in user_ids)
        return {user.id: user.is_active for user in found if user}

    async def reactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        changed = []
        for user_id in sorted(set(user_ids)):
            user = self._users.load(user_id)
            if user and not user.is_active:
                user.reactivate(now=now)
                user.take_events()
                changed.append(user_id)
        return changed

    async def mark_demonstration(self) -> list[UUID]:
        found = [each.id for each in self._users.rows() if each.is_invented and not each.demonstration]
        for user in map(self._users.load, found):
            if user:
                user.demonstration = True
        return sorted(found)

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        found = [user for user_id in set(user_ids) if (user := self._users.load(user_id)) and user.is_active]
        for user in found:
            user.deactivate(now=now)
            user.take_events()  # One event for all of them follows.
        return sorted(user.id for user in found)


@serves(UserReader)
class MemoryUserReader:
    """Implements application.people.users.queries.UserReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._users = store.table(USERS)

    async def page(
        self,
        scope: Scope,
        where: UserFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: UserSort = UserSort.NEWEST,
        total: bool = False,
    ) -> Page[UserView]:
        rows = (user for user in self._users.rows() if is_within(user, scope) and _fits(user, where))
        return in_order(rows, PLACES[sort.field], _show, after=after, limit=limit, sort=sort, total=total)

    async def detail(self, scope: Scope, user_id: UUID) -> UserView | None:
        user = self._users.peek(user_id)
        return _show(user) if user and is_within(user, scope) else None

    async def merged_into(self, user_id: UUID) -> list[UserView]:
        found = (user for user in self._users.rows() if user.merged_into == user_id)
        return [_show(user) for user in sorted(found, key=lambda user: user.id)]


def _show(user: User) -> UserView:
    view = UserView.of(user)
    view.profile_metadata = deepcopy(user.profile_metadata)
    return view


def _fits(user: User, where: UserFilter) -> bool:
    return (
        (not where.ids or user.id in where.ids)
        and (where.is_active is None or user.is_active is where.is_active)
        and (not where.departments or is_one_of(user.department, where.departments))
        and (where.sign_in_requested is None or (user.requested_sign_in is not None) is where.sign_in_requested)
        and (not where.locations or is_one_of(user.location, where.locations))
        and (not where.location_ids or user.location_id in where.location_ids)
        and (not where.job_codes or user.job_code in where.job_codes)
        and (not where.roles or user.role in where.roles)
        and (not where.emails or user.email in where.emails)
        and (where.has_email is None or (user.email is not None) is where.has_email)
        and (not where.employee_ids or is_one_of(user.employee_id, where.employee_ids))
        and (where.q is None or mentions(where.q, *searched(user)))
        and (where.metadata is None or _at(user.profile_metadata, where.metadata[0]) == where.metadata[1])
    )


def searched(user: User) -> tuple[str | None, ...]:
    """The texts of somebody in which lists search."""
    return user.full_name, user.email, user.employee_id, user.job_title


def _at(document: Any, path: Sequence[str]) -> Any:
    """The value at the path in the document; None if there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


PLACES: dict[str, Callable[[User], Place]] = {
    "created_at": lambda user: (user.created_at, user.id),
    "name": lambda user: (name_key(user.full_name, user.email, user.employee_id), user.id),
}
