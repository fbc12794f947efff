"""Reading how people stand with requirements."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, Uuid, and_, bindparam, exists, or_, select

from adapters.registry import serves
from adapters.sql.compliance.obligation_tables import CURRENT, obligation_states
from adapters.sql.compliance.requirement_tables import requirements
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.document_expressions import items
from adapters.sql.kit.expressions import any_of, as_texts, has_one_of
from adapters.sql.kit.intervals import covers, known_at
from adapters.sql.kit.owned_lists import scope_parameters
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed, place
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment
from adapters.sql.people.locations import locations
from adapters.sql.people.merged import of_person
from adapters.sql.people.tables import users, within
from application.compliance.obligations.lists import (
    ALL_OBLIGATIONS,
    BY_DUE_DAY,
    AsOf,
    ObligationFilter,
    ObligationItem,
    ObligationReader,
    VisiblePeople,
)
from application.compliance.ports import due_key
from application.kernel.messages import Cursor, Page
from domain.kernel.typography import folded

BATCH = 1_000
"""Obligations that are read at once for a report."""
STATES = obligation_states.c
DAY = bindparam("day", type_=Date())
KNOWN_AT = bindparam("known_at", type_=Moment())
WHO = bindparam("user_id", type_=Uuid())
ON_DAY = covers(STATES.from_day, STATES.until, DAY)
PLACE, RESPONSIBLE = locations.alias("its_place"), users.alias("responsible")
ITEM = columns_of(
    ObligationItem,
    obligation_states,
    employee_id=users.c.employee_id,
    full_name=users.c.full_name,
    department=STATES.department,
    location_id=STATES.location_id,
    requirement_code=requirements.c.code,
    requirement_title=requirements.c.title,
    requirement_version=STATES.version,
    location_name=PLACE.c.name,
    responsible_id=PLACE.c.responsible_id,
    responsible_name=RESPONSIBLE.c.full_name,
    met_by=as_texts(STATES.met_by),
    modules=as_texts(STATES.modules),
)
JOINED = (
    obligation_states.join(users, users.c.id == STATES.user_id)
    .join(requirements, requirements.c.id == STATES.requirement_id)
    .outerjoin(PLACE, PLACE.c.id == STATES.location_id)
    .outerjoin(RESPONSIBLE, RESPONSIBLE.c.id == PLACE.c.responsible_id)
)
CONDITIONS: dict[str, ColumnElement[bool]] = {
    "labels": any_of(STATES.label, "labels"),
    "fulfillments": any_of(STATES.fulfillment, "fulfillments"),
    "timings": any_of(STATES.timing, "timings"),
    "reliefs": any_of(STATES.relief, "reliefs"),
    "requirement_ids": any_of(STATES.requirement_id, "requirement_ids"),
    "user_ids": any_of(STATES.user_id, "user_ids"),
    "location_ids": any_of(STATES.location_id, "location_ids"),
    "departments": any_of(STATES.department_folded, "departments"),
    "tasks": has_one_of(STATES.blocks, "tasks"),
    "due_before": STATES.due_on < bindparam("due_before", type_=Date()),
    "ends_by": STATES.valid_until <= bindparam("ends_by", type_=Date()),
    "is_exceptional": items(STATES.exceptions) > 0,
}

# Nearly all that was known at a moment still holds, and is read in order from its index, as a report does a thousand
# rows at a time: without the parts, each thousand would sort all of them.
OF_A_MOMENT = (CURRENT, STATES.superseded_at > KNOWN_AT)


def known(at_moment: bool) -> ColumnElement[bool]:
    """The rows that are current, or that were known at the parameter `known_at`."""
    return and_(ON_DAY, known_at(obligation_states, KNOWN_AT) if at_moment else CURRENT)


def is_visible(responsible: bool) -> ColumnElement[bool]:
    """Whether the user is within the scope, or at a location of the person in the parameter `responsible_id`."""
    if not responsible:
        return within()
    here = locations.alias("place")
    works_here = exists().where(
        here.c.id == users.c.location_id, of_person(here.c.responsible_id, bindparam("responsible_id", type_=Uuid()))
    )
    return or_(within(), and_(works_here.correlate(users), users.c.merged_into.is_(None)))


def only_visible(statement: Select[Any], scoped: bool, responsible: bool) -> Select[Any]:
    """The statement about visible users only; `visible_flags` says which it is."""
    return statement.where(is_visible(responsible)) if scoped else statement


def visible_flags(visible: VisiblePeople) -> tuple[bool, bool]:
    """Whether a statement is scoped, and whether by a responsible person too."""
    return not visible.scope.everyone, visible.responsible_id is not None


def visible_parameters(visible: VisiblePeople) -> dict[str, Any]:
    """The parameters of `is_visible`."""
    some = scope_parameters(visible.scope)
    return {**some, "responsible_id": visible.responsible_id} if some and visible.responsible_id else some


def as_of_parameters(as_of: AsOf) -> dict[str, Any]:
    """The parameters of `known`."""
    return {"day": as_of.day} if as_of.known_at is None else {"day": as_of.day, "known_at": as_of.known_at}


@lru_cache(MOST_STATEMENTS)
def _page(
    scoped: bool, responsible: bool, at_moment: bool, conditions: tuple[str, ...], after: bool, total: bool
) -> Select[Any]:
    some = select(*ITEM).select_from(JOINED).where(known(at_moment), *(CONDITIONS[name] for name in conditions))
    parts = OF_A_MOMENT if at_moment else ()
    return listed(only_visible(some, scoped, responsible), ORDER, after=after, total=total, parts=parts)


@lru_cache(MOST_STATEMENTS)
def _of_user(scoped: bool, responsible: bool, at_moment: bool, after: bool, total: bool) -> Select[Any]:
    some = select(*ITEM).select_from(JOINED).where(known(at_moment), STATES.user_id == WHO)
    statement = listed(some, ORDER, after=after, total=total, owner=users, owned_by=users.c.id == WHO)
    return only_visible(statement, scoped, responsible)


# Named, since an item does not show what it is sorted by.
ORDER = Order(STATES.due_key, STATES.user_id, descending=False, sort=BY_DUE_DAY)


def _cursor(last: ObligationItem) -> Cursor:
    return Cursor(due_key(last.due_on, last.requirement_id), last.user_id, BY_DUE_DAY)


PAGE = Listing(ObligationItem, _cursor)


@serves(ObligationReader)
class SqlObligationReader:
    """Obligations, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(
        self,
        visible: VisiblePeople,
        as_of: AsOf,
        after: Cursor | None,
        limit: int,
        *,
        where: ObligationFilter = ALL_OBLIGATIONS,
        total: bool = False,
    ) -> Page[ObligationItem]:
        conditions = conditions_of(where)
        statement = _page(*flags_of(visible, as_of), (*conditions,), after is not None, total)
        page = await PAGE.page(
            self._reads,
            statement,
            after,
            limit,
            **condition_parameters(conditions),
            **as_of_parameters(as_of),
            **visible_parameters(visible),
        )
        return page or Page([], None)

    async def batches(
        self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter
    ) -> AsyncIterator[list[ObligationItem]]:
        after: Cursor | None = None
        conditions = conditions_of(where)
        given = {**condition_parameters(conditions), **as_of_parameters(as_of), **visible_parameters(visible)}
        while True:
            statement = _page(*flags_of(visible, as_of), (*conditions,), after is not None, total=False)
            rows = await self._reads.rows(statement, limit=BATCH, **place(after), **given)
            found = [ObligationItem(*row[: len(ITEM)]) for row in rows]
            yield found
            if len(found) < BATCH:
                return
            after = _cursor(found[-1])

    async def of_user(
        self,
        visible: VisiblePeople,
        user_id: UUID,
        as_of: AsOf,
        after: Cursor | None,
        limit: int,
        *,
        total: bool = False,
    ) -> Page[ObligationItem] | None:
        return await PAGE.page(
            self._reads,
            _of_user(*flags_of(visible, as_of), after is not None, total),
            after,
            limit,
            user_id=user_id,
            **as_of_parameters(as_of),
            **visible_parameters(visible),
        )


def flags_of(visible: VisiblePeople, as_of: AsOf) -> tuple[bool, bool, bool]:
    """Whether a statement is scoped, whether by a responsible person too, and whether it is about a moment."""
    return *visible_flags(visible), as_of.known_at is not None


def condition_parameters(conditions: dict[str, Any]) -> dict[str, Any]:
    """The parameters of these conditions."""
    return {name: value for name, value in conditions.items() if name != "is_exceptional"}


def conditions_of(where: ObligationFilter) -> dict[str, Any]:
    """The conditions that are set, by name, with their parameters."""
    return given(
        labels=where.labels,
        fulfillments=where.fulfillments,
        timings=where.timings,
        reliefs=where.reliefs,
        requirement_ids=where.requirement_ids,
        user_ids=where.user_ids,
        location_ids=where.location_ids,
        departments=tuple(map(folded, where.departments)),
        tasks=where.tasks,
        due_before=where.due_before,
        ends_by=where.ends_by,
        is_exceptional=where.is_exceptional or None,
    )
