"""People: mapping, repository and reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    select,
    update,
)

from adapters.documents import as_json
from adapters.registry import serves
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of, holds, not_before
from adapters.sql.kit.mapping import map_class, maps, stored
from adapters.sql.kit.owned_lists import scope_parameters
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.filters import PEOPLE
from adapters.sql.people.locations import locations
from adapters.sql.people.tables import users, within
from adapters.sql.people.zones import zone_at
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from application.people.ports import PlacedUser, Staff, Users
from application.people.users.queries import UserFilter, UserReader, UserSort, UserView
from domain.kernel.roles import Role
from domain.kernel.typography import folded, search_words
from domain.people.names import employee_key
from domain.people.user_errors import UserNotFound
from domain.people.users import FICTITIOUS, User

HOLDER = users.alias("holder")
ADMINISTRATORS = 0x5544_4144
"""The advisory lock for removing an administrator; any number that nothing else in the database uses."""


@maps
def map_users() -> None:
    """Map the class."""
    map_class(User, users, versioned=True)


@serves(Users)
@serves(Staff)
class SqlUsers:
    """Users in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, user_id: UUID) -> User:
        user = await (await self._unit.session()).get(stored(User), user_id)
        if user is None:
            raise UserNotFound
        user.require_unmerged()
        return self._unit.touch(user)

    async def by_email(self, email: str) -> User | None:
        return await self._person(HOLDER.c.email == email)

    async def by_employee_id(self, employee_id: str) -> User | None:
        return await self._person(HOLDER.c.employee_id_folded == employee_key(employee_id))

    async def _person(self, is_holder: ColumnElement[bool]) -> User | None:
        """The user for whom this is true, or the one that it was merged into."""
        session = await self._unit.session()
        person = select(func.coalesce(HOLDER.c.merged_into, HOLDER.c.id)).where(is_holder).scalar_subquery()
        user = await session.scalar(select(stored(User)).where(users.c.id == person))
        return None if user is None else self._unit.touch(user)

    async def by_supabase_id(self, supabase_id: str) -> User | None:
        user = await (await self._unit.session()).scalar(select(stored(User)).where(users.c.supabase_id == supabase_id))
        return None if user is None else self._unit.touch(user)

    async def by_requested_sign_in(self, supabase_id: str) -> User | None:
        waiting = select(stored(User)).where(users.c.requested_sign_in == supabase_id)
        user = await (await self._unit.session()).scalar(waiting)
        return None if user is None else self._unit.touch(user)

    async def add(self, user: User) -> None:
        await self._unit.add(user)

    async def administrators(self) -> frozenset[UUID]:
        session = await self._unit.session()
        # Two administrators who remove each other would each see the other remain.
        await self._unit.hold(ADMINISTRATORS)
        await session.flush()
        return frozenset(await session.scalars(select(users.c.id).where(users.c.role == Role.ADMIN, users.c.is_active)))

    async def departments(self) -> frozenset[str]:
        session = await self._unit.session()
        await session.flush()
        named = select(users.c.department).where(users.c.merged_into.is_(None)).distinct()
        return frozenset(filter(None, await session.scalars(named)))

    async def many(self, user_ids: Sequence[UUID]) -> dict[UUID, User]:
        session = await self._unit.session()
        await session.flush()
        # Merging waits for this lock, and this for a merge, in the order in which a merge locks both users.
        some = select(stored(User)).where(any_of(users.c.id, "ids")).order_by(users.c.id)
        some = some.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
        return {user.id: user for user in await session.scalars(some, {"ids": user_ids})}

    async def placed(self, user_ids: Sequence[UUID]) -> dict[UUID, PlacedUser]:
        session = await self._unit.session()
        who = select(stored(User), zone_at(users.c.location_id)).where(any_of(users.c.id, "ids"))
        return {user.id: PlacedUser(user, zone) for user, zone in await session.execute(who, {"ids": user_ids})}

    async def time_zones(self, user_ids: Sequence[UUID]) -> dict[UUID, str]:
        rows = await self._unit.fetch(ZONES, ids=user_ids)
        return {row[0]: row[1] for row in rows}

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        session = await self._unit.session()
        rows = await session.execute(
            select(users.c.id, users.c.is_active).where(any_of(users.c.id, "ids")), {"ids": user_ids}
        )
        return {row.id: row.is_active for row in rows}

    async def mark_demonstration(self) -> list[UUID]:
        session = await self._unit.session()
        invented = (users.c.email.like(f"%{FICTITIOUS}"), ~users.c.demonstration)
        return sorted(
            await session.scalars(update(users).where(*invented).values(demonstration=True).returning(users.c.id))
        )

    async def reactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        session = await self._unit.session()
        changed = await session.scalars(
            update(users)
            .where(any_of(users.c.id, "ids"), ~users.c.is_active)
            .values(
                is_active=True,
                deactivated_at=None,
                version=users.c.version + 1,
                updated_at=not_before(now, users.c.updated_at),
            )
            .returning(users.c.id),
            {"ids": user_ids},
        )
        return sorted(changed)

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> list[UUID]:
        session = await self._unit.session()
        changed = await session.scalars(
            update(users)
            .where(any_of(users.c.id, "ids"), users.c.is_active)
            .values(
                is_active=False,
                deactivated_at=not_before(now, users.c.created_at),
                version=users.c.version + 1,
                updated_at=not_before(now, users.c.updated_at),
            )
            .returning(users.c.id),
            {"ids": user_ids},
        )
        return sorted(changed)


ZONES = (
    select(users.c.id, locations.c.time_zone)
    .select_from(users.join(locations, locations.c.id == users.c.location_id))
    .where(any_of(users.c.id, "ids"))
)
VIEW = columns_of(UserView, users)


@cache
def _detail(scoped: bool) -> Select[Any]:
    statement = select(*VIEW).where(users.c.id == bindparam("user_id", type_=Uuid()))
    return statement.where(within()) if scoped else statement


MERGED_INTO = select(*VIEW).where(users.c.merged_into == bindparam("user_id", type_=Uuid())).order_by(users.c.id)
HAS_EMAIL = users.c.email.is_not(None)
REQUESTED = users.c.requested_sign_in.is_not(None)
CONDITIONS = {
    **PEOPLE,
    "ids": any_of(users.c.id, "ids"),
    "employee_ids": any_of(users.c.employee_id_folded, "employee_ids"),
    "emails": any_of(users.c.email, "emails"),
    "has_email": HAS_EMAIL,
    "no_email": ~HAS_EMAIL,
    "requested": REQUESTED,
    "not_requested": ~REQUESTED,
    "metadata": holds(users.c.profile_metadata, bindparam("metadata", type_=Text())),
}
KEYS = {"created_at": users.c.created_at, "name": users.c.name_key}


@lru_cache(MOST_STATEMENTS)
def _page(scoped: bool, conditions: tuple[str, ...], sort: UserSort, after: bool, total: bool) -> Select[Any]:
    statement = select(*VIEW).where(*(CONDITIONS[name] for name in conditions))
    if scoped:
        statement = statement.where(within())
    order = Order(KEYS[sort.field], users.c.id, sort.descending, sort.name_in_cursors)
    return listed(statement, order, after=after, total=total)


LISTED = Listing(UserView, lambda last: Cursor(last.created_at, last.id))


@serves(UserReader)
class SqlUserReader:
    """People, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

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
        conditions = given(
            ids=where.ids,
            is_active=where.is_active,
            requested=where.sign_in_requested or None,
            not_requested=where.sign_in_requested is False or None,
            departments=tuple(map(folded, where.departments)),
            locations=tuple(map(folded, where.locations)),
            location_ids=where.location_ids,
            roles=where.roles,
            has_email=where.has_email or None,
            no_email=where.has_email is False or None,
            employee_ids=tuple(map(employee_key, where.employee_ids)),
            job_codes=where.job_codes,
            emails=where.emails,
            words=where.q and search_words(where.q),
            metadata=where.metadata and _document(*where.metadata),
        )
        page = await LISTED.page(
            self._reads,
            _page(not scope.everyone, (*conditions,), sort, after is not None, total),
            after,
            limit,
            sort.name_in_cursors,
            **conditions,
            **scope_parameters(scope),
        )
        return page or Page([], None)

    async def detail(self, scope: Scope, user_id: UUID) -> UserView | None:
        rows = await self._reads.rows(_detail(not scope.everyone), user_id=user_id, **scope_parameters(scope))
        return UserView(*rows[0]) if rows else None

    async def merged_into(self, user_id: UUID) -> list[UserView]:
        return [UserView(*row) for row in await self._reads.rows(MERGED_INTO, user_id=user_id)]


def _document(path: tuple[str, ...], text: str) -> str:
    document: Any = text
    for name in reversed(path):
        document = {name: document}
    # In the format of stored documents, since SQLite compares the text.
    return as_json(document)
