"""Reading enrollments."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules, no_draft
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.owned_lists import beside, scope_parameters, scoped
from adapters.sql.kit.pages import Listing
from adapters.sql.kit.reads import Reads
from adapters.sql.learning.enrollments import MODULE_ID, USER_ID
from adapters.sql.learning.tables import enrollments, grants
from adapters.sql.people.tables import users, within
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from application.learning.enrollments.queries import EnrolledModule, EnrollmentReader, EnrollmentView, Participant

NEWEST = enrollments.c.enrolled_at


@cache
def _of_module(scoped: bool, drafts: bool, after: bool) -> Select[Any]:
    some = (
        select(*columns_of(Participant, enrollments, users))
        .select_from(enrollments.join(users, users.c.id == enrollments.c.user_id))
        .where(enrollments.c.module_id == MODULE_ID)
    )
    if scoped:
        some = some.where(within())
    statement = beside(modules, modules.c.id == MODULE_ID, some, NEWEST, enrollments.c.user_id, after)
    return statement if drafts else statement.where(no_draft())


@cache
def _of_user(scoped: bool, after: bool) -> Select[Any]:
    some = (
        select(*columns_of(EnrolledModule, enrollments, modules))
        .select_from(enrollments.join(modules, modules.c.id == enrollments.c.module_id))
        .where(enrollments.c.user_id == USER_ID)
    )
    statement = beside(users, users.c.id == USER_ID, some, NEWEST, enrollments.c.module_id, after)
    return statement.where(within()) if scoped else statement


@cache
def _detail(scoped: bool) -> Select[Any]:
    statement = (
        select(
            *columns_of(
                EnrollmentView,
                enrollments,
                granted_at=grants.c.granted_at,
                granted_by=grants.c.granted_by,
                grant_reason=grants.c.reason,
            )
        )
        .select_from(enrollments.outerjoin(grants, grants.c.cycle_id == enrollments.c.cycle_id))
        .where(enrollments.c.module_id == MODULE_ID, enrollments.c.user_id == USER_ID)
    )
    if scoped:
        statement = statement.join(users, users.c.id == enrollments.c.user_id).where(within())
    return statement


PARTICIPANTS = Listing(Participant, lambda last: Cursor(last.enrolled_at, last.user_id))
MODULES = Listing(EnrolledModule, lambda last: Cursor(last.enrolled_at, last.module_id))


@serves(EnrollmentReader)
class SqlEnrollmentReader:
    """Enrollments, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of_module(
        self, scope: Scope, module_id: UUID, after: Cursor | None, limit: int
    ) -> Page[Participant] | None:
        statement = _of_module(not scope.everyone, scope.sees_drafts, after is not None)
        return await PARTICIPANTS.page(
            self._reads, statement, after, limit, module_id=module_id, **scope_parameters(scope)
        )

    async def of_user(
        self, scope: Scope, user_id: UUID, after: Cursor | None, limit: int
    ) -> Page[EnrolledModule] | None:
        statement, parameters = scoped(_of_user, scope, after)
        return await MODULES.page(self._reads, statement, after, limit, user_id=user_id, **parameters)

    async def detail(self, scope: Scope, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        rows = await self._reads.rows(
            _detail(not scope.everyone), module_id=module_id, user_id=user_id, **scope_parameters(scope)
        )
        return EnrollmentView(*rows[0]) if rows else None
