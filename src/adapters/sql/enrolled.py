"""Reading who is enrolled in what."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Uuid,
    bindparam,
    literal,
    select,
    true,
)

from adapters.sql.enrollments import enrollments
from adapters.sql.modules import modules
from adapters.sql.reads import Reads, at_most, before, page_of, place
from adapters.sql.users import scope_parameters, users, within
from application.access import Scope
from application.enrollments.queries import EnrolledModule, EnrollmentView, Participant
from application.messages import Cursor, Page
from domain.module_life import ModuleStatus

MODULE_ID = bindparam("module_id", type_=Uuid())
USER_ID = bindparam("user_id", type_=Uuid())


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
    shown = (
        "module_id", "user_id", "enrolled_by", "enrolled_at", "version_number", "started_at", "completed_at", "version"
    )  # fmt: skip
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
