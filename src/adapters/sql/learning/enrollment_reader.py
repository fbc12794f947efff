"""Reading enrollments."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, exists, or_, select

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules, no_draft
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of, has_one_of, has_words
from adapters.sql.kit.owned_lists import scope_parameters
from adapters.sql.kit.packing import KEY
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, at_most, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.schema import ORDERED
from adapters.sql.learning.enrollment_state import (
    CONDITIONS,
    DUE,
    DUE_KEY,
    IS_DUE,
    NOT_DUE,
    STATE,
    joined,
    present,
    within_spans,
)
from adapters.sql.learning.enrollments import MODULE_ID, USER_ID
from adapters.sql.learning.tables import enrollments, grants
from adapters.sql.people.filters import PEOPLE
from adapters.sql.people.tables import users, within
from application.kernel.access import Scope
from application.kernel.lists import Present
from application.kernel.messages import Cursor, Page
from application.learning.enrollments.lists import (
    ALL_MODULES,
    ALL_PARTICIPANTS,
    EnrolledModule,
    EnrolledModuleFilter,
    EnrolledModuleSort,
    Participant,
    ParticipantFilter,
    ParticipantSort,
)
from application.learning.enrollments.queries import EnrollmentReader, EnrollmentView
from domain.kernel.typography import folded, search_words

PARTICIPANT = columns_of(
    Participant, users, but=(), user_id=enrollments.c.user_id, enrolled_at=enrollments.c.enrolled_at, **STATE
)
ENROLLED_MODULE = columns_of(
    EnrolledModule, modules, but=(), module_id=enrollments.c.module_id, enrolled_at=enrollments.c.enrolled_at, **STATE
)
NOT_MERGED = users.c.merged_into.is_(None)
PARTICIPANT_CONDITIONS = {**CONDITIONS, **PEOPLE, "user_ids": any_of(enrollments.c.user_id, "user_ids")}
MODULE_CONDITIONS = {
    **CONDITIONS,
    "module_ids": any_of(enrollments.c.module_id, "module_ids"),
    "tags": has_one_of(modules.c.tags, "tags"),
    "words": has_words(modules.c.search_text, "words"),
}


@lru_cache(MOST_STATEMENTS)
def _of_module(
    scoped: bool, drafts: bool, conditions: tuple[str, ...], sort: ParticipantSort, after: bool, total: bool
) -> Select[Any]:
    some = (
        select(*PARTICIPANT)
        .select_from(joined())
        .where(enrollments.c.module_id == MODULE_ID, NOT_MERGED, *(PARTICIPANT_CONDITIONS[name] for name in conditions))
    )
    if scoped:
        some = some.where(within())
    key, hint = PEOPLE_ORDERS[sort.field]
    order = Order(key, enrollments.c.user_id, sort.descending, sort.name_in_cursors, hint)
    pages = _by_due_day(some, after) if sort.field == "due" else ()
    statement = listed(
        some, order, after=after, total=total, owner=modules, owned_by=modules.c.id == MODULE_ID, pages=pages
    )
    return statement if drafts else statement.where(no_draft())


def _by_due_day(some: Select[Any], after: bool) -> tuple[Select[Any], Select[Any]]:
    """Those for whom the module is due, from the index of due days, and the others, by id."""
    order = Order(DUE.c.due_key, DUE.c.user_id, descending=False)
    due = some.add_columns(DUE.c.due_key.label(KEY)).join(DUE, IS_DUE).where(DUE.c.module_id == MODULE_ID)
    others = some.add_columns(NOT_DUE.label(KEY)).where(~exists().where(IS_DUE).correlate(enrollments))
    if after:
        due = due.where(order.rows_after())
        is_before_others = bindparam("at", type_=ORDERED) != NOT_DUE
        others = others.where(or_(is_before_others, enrollments.c.user_id > bindparam("id", type_=Uuid())))
    return due.order_by(*order.by()).limit(at_most()), others.order_by(enrollments.c.user_id).limit(at_most())


@lru_cache(MOST_STATEMENTS)
def _of_user(
    scoped: bool, conditions: tuple[str, ...], sort: EnrolledModuleSort, after: bool, total: bool
) -> Select[Any]:
    some = (
        select(*ENROLLED_MODULE)
        .select_from(joined())
        .where(enrollments.c.user_id == USER_ID, *(MODULE_CONDITIONS[name] for name in conditions))
    )
    key, hint = MODULE_ORDERS[sort.field]
    order = Order(key, enrollments.c.module_id, sort.descending, sort.name_in_cursors, hint)
    statement = listed(some, order, after=after, total=total, owner=users, owned_by=users.c.id == USER_ID)
    return statement.where(within()) if scoped else statement


BY_NAME = (users, "INDEXED BY ix_users_name")
BY_TITLE = (modules, "INDEXED BY ix_training_modules_title")
EVERY_ORDER: dict[str, Any] = {"enrolled_at": (enrollments.c.enrolled_at, None), "due": (DUE_KEY, None)}
PEOPLE_ORDERS = {**EVERY_ORDER, "name": (users.c.name_key, BY_NAME)}
MODULE_ORDERS = {**EVERY_ORDER, "title": (modules.c.title_key, BY_TITLE)}


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
        self,
        scope: Scope,
        module_id: UUID,
        after: Cursor | None,
        limit: int,
        at: Present,
        *,
        where: ParticipantFilter = ALL_PARTICIPANTS,
        sort: ParticipantSort = ParticipantSort.NEWEST,
        total: bool = False,
    ) -> Page[Participant] | None:
        conditions = _of_people(where)
        return await PARTICIPANTS.page(
            self._reads,
            _of_module(not scope.everyone, scope.sees_drafts, (*conditions,), sort, after is not None, total),
            after,
            limit,
            sort.name_in_cursors,
            module_id=module_id,
            **conditions,
            **present(at),
            **scope_parameters(scope),
        )

    async def of_user(
        self,
        scope: Scope,
        user_id: UUID,
        after: Cursor | None,
        limit: int,
        at: Present,
        *,
        where: EnrolledModuleFilter = ALL_MODULES,
        sort: EnrolledModuleSort = EnrolledModuleSort.NEWEST,
        total: bool = False,
    ) -> Page[EnrolledModule] | None:
        conditions = _of_modules(where)
        return await MODULES.page(
            self._reads,
            _of_user(not scope.everyone, (*conditions,), sort, after is not None, total),
            after,
            limit,
            sort.name_in_cursors,
            user_id=user_id,
            **conditions,
            **present(at),
            **scope_parameters(scope),
        )

    async def detail(self, scope: Scope, module_id: UUID, user_id: UUID) -> EnrollmentView | None:
        rows = await self._reads.rows(
            _detail(not scope.everyone), module_id=module_id, user_id=user_id, **scope_parameters(scope)
        )
        return EnrollmentView(*rows[0]) if rows else None


def _of_people(where: ParticipantFilter) -> dict[str, Any]:
    return given(
        statuses=where.statuses,
        user_ids=where.user_ids,
        departments=tuple(map(folded, where.departments)),
        locations=tuple(map(folded, where.locations)),
        location_ids=where.location_ids,
        job_codes=where.job_codes,
        roles=where.roles,
        is_active=where.is_active,
        words=where.q and search_words(where.q),
        **within_spans(where.enrolled, where.completed),
    )


def _of_modules(where: EnrolledModuleFilter) -> dict[str, Any]:
    return given(
        statuses=where.statuses,
        module_ids=where.module_ids,
        tags=where.tags,
        words=where.q and search_words(where.q),
        **within_spans(where.enrolled, where.completed),
    )
