"""People: table, map, repository and reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.documents import PROFILE_METADATA, as_json
from adapters.sql.reads import Reads, at_most, before, page_of, place, wildcard
from adapters.sql.schema import history, identity, mapper_registry, metadata
from adapters.sql.types import Moment, Stored, Unopened, any_of, choice, holds
from adapters.sql.units import SqlUnit
from application.messages import Cursor, Page
from application.users.queries import UserFilter, UserView
from domain.users import EmailTaken, Role, SupabaseIdTaken, User, UserNotFound

users = Table(
    "users",
    metadata,
    identity(),
    Column("supabase_id", String(64)),
    Column("email", String(254), nullable=False),
    Column("full_name", String(200)),
    Column("department", String(120)),
    Column("job_title", String(120)),
    Column("location", String(120)),
    Column("hired_on", Date()),
    Column("role", choice(Role, "role"), nullable=False, server_default="authenticated"),
    Column("is_active", Boolean(), nullable=False, server_default=true()),
    Column("email_confirmed", Boolean(), nullable=False, server_default=false()),
    Column("last_sign_in", Moment()),
    Column("profile_metadata", Stored(PROFILE_METADATA), nullable=False),
    *history(),
    UniqueConstraint("supabase_id", info={"violated": SupabaseIdTaken}),
    UniqueConstraint("email", info={"violated": EmailTaken}),
)
Index("ix_users_newest", users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_department_newest", users.c.department, users.c.created_at.desc(), users.c.id.desc())
Index("ix_users_profile_metadata", users.c.profile_metadata, postgresql_using="gin")


def map_users() -> None:
    """Map the class."""
    mapper_registry.map_imperatively(User, users, version_id_col=users.c.version, version_id_generator=False)


class SqlUsers:
    """Users in the unit's session."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._session: AsyncSession = unit.session

    async def get(self, user_id: UUID) -> User:
        user = await self._session.get(User, user_id)
        if user is None:
            raise UserNotFound
        return self._unit.touch(user)

    async def by_email(self, email: str) -> User | None:
        user = await self._session.scalar(select(User).where(users.c.email == email))
        return None if user is None else self._unit.touch(user)

    async def add(self, user: User) -> None:
        self._session.add(self._unit.touch(user))
        await self._session.flush()

    async def active(self, user_ids: Sequence[UUID]) -> dict[UUID, bool]:
        rows = await self._session.execute(
            select(users.c.id, users.c.is_active).where(any_of(users.c.id, "ids")), {"ids": user_ids}
        )
        return {row.id: row.is_active for row in rows}

    async def deactivate(self, user_ids: Sequence[UUID], now: datetime) -> None:
        await self._session.execute(
            update(users)
            .where(any_of(users.c.id, "ids"), users.c.is_active)
            .values(is_active=False, version=users.c.version + 1, updated_at=now),
            {"ids": user_ids},
        )


VIEW = (
    users.c.id,
    users.c.supabase_id,
    users.c.email,
    users.c.full_name,
    users.c.department,
    users.c.job_title,
    users.c.location,
    users.c.hired_on,
    users.c.role,
    users.c.is_active,
    users.c.email_confirmed,
    users.c.last_sign_in,
    type_coerce(users.c.profile_metadata, Unopened()),
    users.c.version,
    users.c.created_at,
    users.c.updated_at,
)
DETAIL = select(*VIEW).where(users.c.id == bindparam("user_id", type_=Uuid()))


@cache
def _page(is_active: bool, departments: bool, q: bool, metadata: bool, after: bool) -> Select[Any]:
    statement = select(*VIEW)
    if is_active:
        statement = statement.where(users.c.is_active == bindparam("is_active", type_=Boolean()))
    if departments:
        statement = statement.where(any_of(users.c.department, "departments"))
    if q:
        text = bindparam("q", type_=Text())
        searched = (users.c.full_name, users.c.email)
        statement = statement.where(or_(*(func.lower(column).like(text, escape="\\") for column in searched)))
    if metadata:
        statement = statement.where(holds(users.c.profile_metadata, bindparam("metadata", type_=Text())))
    if after:
        statement = statement.where(before(users.c.created_at, users.c.id))
    return statement.order_by(users.c.created_at.desc(), users.c.id.desc()).limit(at_most())


class SqlUserReader:
    """People, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, where: UserFilter, after: Cursor | None, limit: int) -> Page[UserView]:
        rows = await self._reads.rows(
            _page(
                where.is_active is not None,
                bool(where.departments),
                where.q is not None,
                where.metadata is not None,
                after is not None,
            ),
            is_active=where.is_active,
            departments=where.departments,
            metadata=where.metadata and _document(*where.metadata),
            limit=limit + 1,
            **wildcard(where.q),
            **place(after),
        )
        return page_of([UserView(*row) for row in rows], limit, lambda last: Cursor(last.created_at, last.id))

    async def detail(self, user_id: UUID) -> UserView | None:
        rows = await self._reads.rows(DETAIL, user_id=user_id)
        return UserView(*rows[0]) if rows else None


def _document(path: tuple[str, ...], text: str) -> str:
    document: Any = text
    for name in reversed(path):
        document = {name: document}
    # Written as stored documents are, since SQLite compares the text.
    return as_json(document)
