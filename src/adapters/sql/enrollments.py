"""Enrollments: table, map, repository and reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Uuid,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from adapters.sql.modules import modules
from adapters.sql.reads import Reads, at_most, before, page_of, place
from adapters.sql.schema import mapper_registry, metadata
from adapters.sql.types import Moment, any_of, now_utc
from adapters.sql.units import SqlUnit, violated
from adapters.sql.users import scope_parameters, users, within
from application.access import Scope
from application.enrollments.queries import EnrolledModule, EnrollmentView, Participant
from application.messages import Cursor, Page
from domain.enrollments import AlreadyEnrolled, Candidate, Enrollment, EnrollmentFacts, EnrollmentNotFound
from domain.modules import ModuleNotFound, ModuleStatus
from domain.users import UserNotFound

enrollments = Table(
    "module_enrollments",
    metadata,
    Column("module_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("enrolled_by", Uuid()),
    Column("enrolled_at", Moment(), nullable=False, server_default=now_utc()),
    Column("updated_at", Moment(), nullable=False, server_default=now_utc()),
    Column("version", Integer(), nullable=False, server_default="1"),
    PrimaryKeyConstraint("module_id", "user_id", info={"violated": AlreadyEnrolled}),
    # Without ON DELETE: neither a module nor a user goes while an enrollment refers to it.
    ForeignKeyConstraint(["module_id"], [modules.c.id], info={"violated": ModuleNotFound}),
    ForeignKeyConstraint(["user_id"], [users.c.id], info={"violated": UserNotFound}),
)
Index(
    "ix_module_enrollments_module_newest",
    enrollments.c.module_id,
    enrollments.c.enrolled_at.desc(),
    enrollments.c.user_id.desc(),
)
Index(
    "ix_module_enrollments_user_newest",
    enrollments.c.user_id,
    enrollments.c.enrolled_at.desc(),
    enrollments.c.module_id.desc(),
)


def map_enrollments() -> None:
    """Map the class."""
    mapper_registry.map_imperatively(
        Enrollment, enrollments, version_id_col=enrollments.c.version, version_id_generator=False
    )


MODULE_ID = bindparam("module_id", type_=Uuid())
USER_ID = bindparam("user_id", type_=Uuid())
FACTS = select(
    select(modules.c.status).where(modules.c.id == MODULE_ID).scalar_subquery(),
    select(users.c.is_active).where(users.c.id == USER_ID).scalar_subquery(),
    exists().where(enrollments.c.module_id == MODULE_ID, enrollments.c.user_id == USER_ID),
    select(users.c.department).where(users.c.id == USER_ID).scalar_subquery(),
)
CANDIDATES = (
    select(users.c.id, users.c.is_active, enrollments.c.user_id.is_not(None), users.c.department)
    .select_from(
        users.outerjoin(enrollments, and_(enrollments.c.user_id == users.c.id, enrollments.c.module_id == MODULE_ID))
    )
    .where(or_(any_of(users.c.id, "user_ids"), any_of(users.c.department, "departments")))
    .order_by(users.c.id)
)


class SqlEnrollments:
    """Enrollments in the unit's session."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._session = unit.session
        dialect = postgresql if unit.dialect == "postgresql" else sqlite
        self._insert: Any = dialect.insert

    async def facts(self, module_id: UUID, user_id: UUID) -> EnrollmentFacts:
        rows = await self._session.execute(FACTS, {"module_id": module_id, "user_id": user_id})
        return EnrollmentFacts(*rows.one())

    async def candidates(
        self, module_id: UUID, user_ids: Sequence[UUID], departments: Sequence[str]
    ) -> list[Candidate]:
        rows = await self._session.execute(
            CANDIDATES, {"module_id": module_id, "user_ids": user_ids, "departments": departments}
        )
        return [Candidate(*row) for row in rows]

    async def get(self, module_id: UUID, user_id: UUID) -> Enrollment:
        enrollment = await self._session.get(Enrollment, (module_id, user_id))
        if enrollment is None:
            raise EnrollmentNotFound
        return self._unit.touch(enrollment)

    async def add(self, enrollment: Enrollment) -> None:
        self._unit.touch(enrollment)
        values = {column.name: getattr(enrollment, column.name) for column in enrollments.c}
        try:
            await self._session.execute(insert(enrollments).values(values))
        except IntegrityError as error:
            if violated(error):
                raise
            # SQLite does not say which foreign key it was.
            facts = await self.facts(enrollment.module_id, enrollment.user_id)
            raise (ModuleNotFound if facts.module_status is None else UserNotFound) from error

    async def add_many(
        self, module_id: UUID, user_ids: Sequence[UUID], *, enrolled_by: UUID | None, now: datetime
    ) -> frozenset[UUID]:
        if not user_ids:
            return frozenset()
        who = select(
            literal(module_id, Uuid()),
            users.c.id,
            literal(enrolled_by, Uuid()),
            literal(now, Moment()),
            literal(now, Moment()),
        ).where(any_of(users.c.id, "user_ids"))
        statement = (
            self._insert(enrollments)
            .from_select(["module_id", "user_id", "enrolled_by", "enrolled_at", "updated_at"], who)
            .on_conflict_do_nothing()
            .returning(enrollments.c.user_id)
        )
        return frozenset(await self._session.scalars(statement, {"user_ids": user_ids}))

    async def remove(self, enrollment: Enrollment) -> None:
        await self._session.delete(enrollment)
        await self._session.flush()


@cache
def _of_module(scoped: bool, after: bool) -> Select[Any]:
    listed = (enrollments.c.user_id, users.c.email, users.c.full_name, users.c.department, users.c.is_active)
    some = (
        select(*listed, enrollments.c.enrolled_at)
        .select_from(enrollments.join(users, users.c.id == enrollments.c.user_id))
        .where(enrollments.c.module_id == MODULE_ID)
    )
    if not scoped:
        return _beside(modules, MODULE_ID, some, enrollments.c.user_id, after)
    statement = _beside(modules, MODULE_ID, some.where(within()), enrollments.c.user_id, after)
    return statement.where(modules.c.status != literal(ModuleStatus.DRAFT, modules.c.status.type))


@cache
def _of_user(scoped: bool, after: bool) -> Select[Any]:
    listed = (enrollments.c.module_id, modules.c.slug, modules.c.title, modules.c.status, modules.c.estimated_minutes)
    some = (
        select(*listed, enrollments.c.enrolled_at)
        .select_from(enrollments.join(modules, modules.c.id == enrollments.c.module_id))
        .where(enrollments.c.user_id == USER_ID)
    )
    statement = _beside(users, USER_ID, some, enrollments.c.module_id, after)
    return statement.where(within()) if scoped else statement


def _beside(
    owner: Table, owner_id: ColumnElement[Any], some: Select[Any], tie: ColumnElement[Any], after: bool
) -> Select[Any]:
    """A page of enrollments; one row of NULLs when there is none, and no row when the owner does not exist."""
    if after:
        some = some.where(before(enrollments.c.enrolled_at, tie))
    page = some.order_by(enrollments.c.enrolled_at.desc(), tie.desc()).limit(at_most()).subquery()
    return (
        select(page)
        .select_from(owner.outerjoin(page, true()))
        .where(owner.c.id == owner_id)
        .order_by(page.c.enrolled_at.desc(), page.c[tie.key or ""].desc())
    )


@cache
def _detail(scoped: bool) -> Select[Any]:
    shown = ("module_id", "user_id", "enrolled_by", "enrolled_at", "version")
    statement = select(*(enrollments.c[name] for name in shown)).where(
        enrollments.c.module_id == MODULE_ID, enrollments.c.user_id == USER_ID
    )
    if scoped:
        statement = statement.join(users, users.c.id == enrollments.c.user_id).where(within())
    return statement


class SqlEnrollmentReader:
    """Enrollments, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_module(
        self, scope: Scope, module_id: UUID, after: Cursor | None, limit: int
    ) -> Page[Participant] | None:
        rows = await self._reads.rows(
            _of_module(not scope.everyone, after is not None),
            module_id=module_id,
            limit=limit + 1,
            **place(after),
            **scope_parameters(scope),
        )
        if not rows:
            return None
        items = [Participant(*row) for row in rows if row[0] is not None]
        return page_of(items, limit, lambda last: Cursor(last.enrolled_at, last.user_id))

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[EnrolledModule] | None:
        rows = await self._reads.rows(
            _of_user(not scope.everyone, after is not None),
            user_id=user_id,
            limit=limit + 1,
            **place(after),
            **scope_parameters(scope),
        )
        if not rows:
            return None
        items = [EnrolledModule(*row) for row in rows if row[0] is not None]
        return page_of(items, limit, lambda last: Cursor(last.enrolled_at, last.module_id))

    async def detail(self, scope: Scope, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        rows = await self._reads.rows(
            _detail(not scope.everyone), module_id=module_id, user_id=user_id, **scope_parameters(scope)
        )
        return EnrollmentView(*rows[0]) if rows else None
