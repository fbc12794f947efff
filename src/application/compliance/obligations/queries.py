"""Reading what people owe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from application.compliance.obligations.lists import (
    BY_DUE_DAY,
    AsOf,
    ObligationFilter,
    ObligationItem,
    ObligationReader,
    VisiblePeople,
)
from application.kernel.access import Actor, anyone, overseers
from application.kernel.handlers import handles
from application.kernel.lists import IdList, NameList
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.ports import Calendar, Clock
from application.kernel.wiring import PortSet
from application.people.histories.queries import HistoryReader
from domain.compliance.due_days import ReliefAxis
from domain.compliance.schedule import FactName
from domain.compliance.standing import FulfillmentAxis, Label, Timing
from domain.kernel.values import Items, PlausibleDay
from domain.people.user_errors import UserNotFound


@dataclass(frozen=True, slots=True)
class Knowledge(PortSet):
    """Which day is meant, and what was known of it."""

    histories: HistoryReader
    clock: Clock
    calendar: Calendar

    async def as_of(self, day: date | None, known_at: datetime | None) -> AsOf:
        """The day, by default today, and the moment, at most the watermark: before it nothing can still be recorded."""
        day = day or self.calendar.day_of(self.clock.now())
        if known_at is None:
            return AsOf(day)
        return AsOf(day, (await self.histories.watermark()).limit(known_at))


@dataclass(frozen=True, slots=True)
class ListObligations(Query[Page[ObligationItem]]):
    """What people owe and hold, by due day; what has none comes last."""

    ordered_by = BY_DUE_DAY

    label: Annotated[tuple[Label, ...], Items(20)] = ()
    fulfillment: Annotated[tuple[FulfillmentAxis, ...], Items(10)] = ()
    timing: Annotated[tuple[Timing, ...], Items(10)] = ()
    relief: Annotated[tuple[ReliefAxis, ...], Items(10)] = ()
    requirement_id: IdList = ()
    user_id: IdList = ()
    location_id: IdList = ()
    department: NameList = ()
    task: Annotated[tuple[FactName, ...], Items(50)] = ()
    due_before: PlausibleDay | None = None
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListObligations, allow=overseers)
async def list_obligations(
    query: ListObligations, actor: Actor, obligations: ObligationReader, knowledge: Knowledge
) -> Page[ObligationItem]:
    """Show how people stand with requirements on the day `as_of`, by default today, by what was known at `known_at`.

    Managers see the people of their departments and of the locations that they are responsible for; compliance officers
    and administrators see everybody. `known_at` is by default the present; a moment after the watermark is taken for
    the watermark. Somebody who is not under a requirement on that day has no item for it.
    """
    return await obligations.page(
        VisiblePeople.of(actor),
        await knowledge.as_of(query.as_of, query.known_at),
        query.cursor,
        query.limit,
        where=ObligationFilter(
            labels=query.label,
            fulfillments=query.fulfillment,
            timings=query.timing,
            reliefs=query.relief,
            requirement_ids=query.requirement_id,
            user_ids=query.user_id,
            location_ids=query.location_id,
            departments=query.department,
            tasks=query.task,
            due_before=query.due_before,
        ),
        total=query.include_total,
    )


@dataclass(frozen=True, slots=True)
class ListObligationExceptions(Query[Page[ObligationItem]]):
    """Obligations that a rule alone does not decide, so that a person must look at them."""

    ordered_by = BY_DUE_DAY

    requirement_id: IdList = ()
    location_id: IdList = ()
    department: NameList = ()
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListObligationExceptions, allow=overseers)
async def list_obligation_exceptions(
    query: ListObligationExceptions, actor: Actor, obligations: ObligationReader, knowledge: Knowledge
) -> Page[ObligationItem]:
    """Show the obligations with `exceptions`: no hire day, a due day that had passed when the cycle opened, and so on.

    Job titles without a job code, and texts that are no location, are listed with those: see the unmapped titles and
    locations. Managers see their people; compliance officers and administrators see everybody.
    """
    return await obligations.page(
        VisiblePeople.of(actor),
        await knowledge.as_of(query.as_of, query.known_at),
        query.cursor,
        query.limit,
        where=ObligationFilter(
            requirement_ids=query.requirement_id,
            location_ids=query.location_id,
            departments=query.department,
            is_exceptional=True,
        ),
        total=query.include_total,
    )


@dataclass(frozen=True, slots=True)
class ListUserObligations(Query[Page[ObligationItem]]):
    """What one person owes and holds."""

    ordered_by = BY_DUE_DAY

    user_id: UUID
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListUserObligations, allow=anyone, raises=(UserNotFound,))
async def list_user_obligations(
    query: ListUserObligations, actor: Actor, obligations: ObligationReader, knowledge: Knowledge
) -> Page[ObligationItem]:
    """Show how somebody stands with requirements to that person, to managers, compliance officers and administrators.

    `known_at` is by default the present; a moment after the watermark is taken for the watermark.
    """
    as_of = await knowledge.as_of(query.as_of, query.known_at)
    page = await obligations.of_user(
        VisiblePeople.of(actor), query.user_id, as_of, query.cursor, query.limit, total=query.include_total
    )
    if page is None:
        raise UserNotFound
    return page
