"""What lists of obligations show, and how they can be filtered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, scope_of
from application.kernel.messages import Cursor, Page
from domain.compliance.due_days import DueBy, ListedException, ReliefAxis
from domain.compliance.standing import FulfillmentAxis, Label, Timing
from domain.kernel.roles import Role


@dataclass(slots=True)
class ObligationItem:
    """How a person stands with a requirement on a day.

    `label` says it in one word; `fulfillment`, `timing` and `relief` are the three axes behind it. `due_on` is the day
    on which something is due next, the last one on which it is in time, and `due_by` what it follows from. `is_open`
    tells whether the cycle with the number `cycle` is still to be met. `met_on`, `met_by` (ids of records, credentials
    or reliefs) and `valid_until` are those of what was met last. `clause` and `position_id` say why the person is under
    the requirement; `department` and `location_id` are those of that position on that day. Names of people, locations
    and requirements are the present ones, and `responsible_id` is the person who is responsible for the location now.
    `blocks` are tasks that the person may not do now, `modules` those that are still to be completed. An exception
    names a field that the record `proof_id` lacks, or what else it is about. All of it holds from `from_day` to
    `until`, both included, unless something is recorded; `until` is null where no end is known.
    """

    user_id: UUID
    employee_id: str | None
    full_name: str | None
    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    requirement_version: int
    label: Label
    fulfillment: FulfillmentAxis
    timing: Timing
    relief: ReliefAxis
    due_on: date | None
    due_by: DueBy
    cycle: int
    opened_on: date
    is_open: bool
    met_on: date | None
    met_by: tuple[UUID, ...]
    valid_until: date | None
    next_opens_on: date | None
    clause: str
    position_id: UUID | None
    department: str | None
    location_id: UUID | None
    location_name: str | None
    responsible_id: UUID | None
    responsible_name: str | None
    blocks: tuple[str, ...]
    modules: tuple[UUID, ...]
    exceptions: tuple[ListedException, ...]
    from_day: date
    until: date | None


@dataclass(frozen=True, slots=True)
class VisiblePeople:
    """Whose obligations somebody may see: those of the scope, and of people at locations that the person is
    responsible for.
    """

    scope: Scope
    responsible_id: UUID | None = None

    @classmethod
    def of(cls, actor: Actor) -> VisiblePeople:
        """Managers also see the people at the locations that they are responsible for."""
        return cls(scope_of(actor), actor.user_id if actor.role is Role.MANAGER else None)


@dataclass(frozen=True, slots=True)
class AsOf:
    """On which day, and by what was known at which moment: None for what is known now."""

    day: date
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObligationFilter:
    """Which obligations a list shows: those that meet all conditions, with one of the labels, and so on."""

    labels: tuple[Label, ...] = ()
    fulfillments: tuple[FulfillmentAxis, ...] = ()
    timings: tuple[Timing, ...] = ()
    reliefs: tuple[ReliefAxis, ...] = ()
    requirement_ids: tuple[UUID, ...] = ()
    user_ids: tuple[UUID, ...] = ()
    location_ids: tuple[UUID, ...] = ()
    departments: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    due_before: date | None = None
    ends_by: date | None = None
    """Only what is valid until this day or an earlier one."""
    is_exceptional: bool | None = None


ALL_OBLIGATIONS = ObligationFilter()
BY_DUE_DAY = "due"
"""The order of lists of obligations, as their cursors name it."""


class ObligationReader(Protocol):
    """Reads obligations with one statement per call."""

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
        """Those of visible people, by due day, those without one last. With `total` also their number."""

    def batches(
        self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter
    ) -> AsyncIterator[list[ObligationItem]]:
        """All of them in the same order, some at a time, each with one statement. With a moment at which it was known,
        they are together what was known then, without what is recorded meanwhile.
        """

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
        """Those of a person; None when there is no such visible user. With `total` also their number."""
