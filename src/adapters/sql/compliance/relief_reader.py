"""Reading relief, one statement a call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, bindparam, case, cast, func, or_, select, true, type_coerce

from adapters.registry import serves
from adapters.sql.compliance.relief_rows import DECIDED, UNTIL, decided, ending, relief_of, whole
from adapters.sql.compliance.relief_tables import relief_decrees, reliefs
from adapters.sql.kit.columns import columns_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.owned_lists import scope_parameters
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import choice
from adapters.sql.people.merged import of_person, person_of
from adapters.sql.people.tables import users, within
from application.compliance.relief.queries import DecreeView, ReliefDetail, ReliefFilter, ReliefReader, ReliefView
from application.kernel.access import Scope
from application.kernel.messages import Cursor, Page
from domain.compliance.relief import ReliefOutcome, ReliefStatus

STATUS = func.coalesce(cast(decided.c.outcome, Text), ReliefStatus.REQUESTED.value)
NOTES: dict[str, ColumnElement[Any]] = {
    "note": reliefs.c.note,
    "decision_note": decided.c.note,
    "ending_note": ending.c.note,
}
SCOPE_USER = bindparam("scope_user", type_=Uuid())
IS_FOR = or_(users.c.id == SCOPE_USER, reliefs.c.requested_by == SCOPE_USER)
"""As `Relief.shows_notes_to`, of the user who is joined."""


def _view(notes: Mapping[str, ColumnElement[Any]]) -> tuple[ColumnElement[Any], ...]:
    return columns_of(
        ReliefView,
        reliefs,
        until=UNTIL,
        requested_until=reliefs.c.until,
        status=type_coerce(STATUS, choice(ReliefStatus, "status")),
        decided_by=decided.c.decided_by,
        decided_at=decided.c.decided_at,
        ended_by=ending.c.decided_by,
        ended_at=ending.c.decided_at,
        version=1 + func.coalesce(ending.c.number, decided.c.number, 0),
        note=notes["note"],
        decision_note=notes["decision_note"],
        ending_note=notes["ending_note"],
    )


VIEW = _view(NOTES)
VIEW_WITHIN = _view({name: case((IS_FOR, note)) for name, note in NOTES.items()})
CONDITIONS = {
    "statuses": any_of(STATUS, "statuses"),
    # The statistics of the database know how many rows these are true of, unlike of the first one.
    "outcomes": any_of(decided.c.outcome, "outcomes"),
    "waiting": decided.c.relief_id.is_(None),
    "user_id": of_person(reliefs.c.user_id, bindparam("user_id", type_=Uuid())),
    "requirement_id": reliefs.c.requirement_id == bindparam("requirement_id", type_=Uuid()),
    "decree_id": reliefs.c.decree_id == bindparam("decree_id", type_=Uuid()),
}
LISTED = Listing(ReliefView, lambda last: Cursor(last.requested_at, last.id))


@lru_cache(MOST_STATEMENTS)
def _page(conditions: tuple[str, ...], scoped: bool, after: bool) -> Select[Any]:
    found = DECIDED.join(users, users.c.id == person_of(reliefs.c.user_id)) if scoped else DECIDED
    statement = (
        select(*(VIEW_WITHIN if scoped else VIEW)).select_from(found).where(*(CONDITIONS[name] for name in conditions))
    )
    if scoped:
        statement = statement.where(within())
    return listed(statement, Order(reliefs.c.requested_at, reliefs.c.id), after=after)


DETAIL = whole(reliefs.c.id == bindparam("relief_id", type_=Uuid()))
DETAIL_WITHIN = DETAIL.join(users, users.c.id == person_of(reliefs.c.user_id)).where(within())
COUNTS = (
    select(
        func.count(reliefs.c.id).label("people"),
        *(
            func.count(case((decided.c.outcome == outcome, 1))).label(outcome.value)
            for outcome in (ReliefOutcome.APPROVED, ReliefOutcome.REJECTED)
        ),
    )
    .select_from(DECIDED)
    .where(reliefs.c.decree_id == bindparam("decree_id", type_=Uuid()))
    .subquery("counts")
)
DECREE = (
    select(
        *columns_of(
            DecreeView,
            relief_decrees,
            requested=COUNTS.c.people - COUNTS.c.approved - COUNTS.c.rejected,
            approved=COUNTS.c.approved,
            rejected=COUNTS.c.rejected,
        )
    )
    .select_from(relief_decrees.join(COUNTS, true()))
    .where(relief_decrees.c.id == bindparam("decree_id", type_=Uuid()))
)


def _by_status(statuses: tuple[ReliefStatus, ...]) -> dict[str, Any]:
    """The condition on what is decided, by its name, with its parameter."""
    if ReliefStatus.REQUESTED not in statuses:
        return {"outcomes": statuses}
    return {"statuses": statuses} if len(set(statuses)) > 1 else {"waiting": True}


@serves(ReliefReader)
class SqlReliefReader:
    """Implements application.compliance.relief.queries.ReliefReader."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, scope: Scope, where: ReliefFilter, after: Cursor | None, limit: int) -> Page[ReliefView]:
        conditions = given(
            **_by_status(where.statuses),
            user_id=where.user_id,
            requirement_id=where.requirement_id,
            decree_id=where.decree_id,
        )
        statement = _page((*conditions,), not scope.everyone, after is not None)
        page = await LISTED.page(self._reads, statement, after, limit, **conditions, **scope_parameters(scope))
        return page or Page([], None)

    async def detail(self, scope: Scope, relief_id: UUID) -> ReliefDetail | None:
        statement = DETAIL if scope.everyone else DETAIL_WITHIN
        rows = await self._reads.rows(statement, relief_id=relief_id, **scope_parameters(scope))
        return next((ReliefDetail.within(scope, each) for each in relief_of(rows)), None)

    async def decree(self, decree_id: UUID) -> DecreeView | None:
        rows = await self._reads.rows(DECREE, decree_id=decree_id)
        return DecreeView(*rows[0]) if rows else None
