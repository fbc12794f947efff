"""Reading relief: what was requested for whom, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, Scope, anyone, compliance_officers, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.kernel.views import view_of
from domain.compliance.citations import LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import (
    Relief,
    ReliefDecision,
    ReliefNotFound,
    ReliefOutcome,
    ReliefReason,
    ReliefStatus,
)
from domain.compliance.relief_decrees import DecreeNotFound, ReliefDecree
from domain.kernel.values import Items


@dataclass(slots=True)
class ReliefView:
    """Relief of one person from one requirement, from `from_day` to `until`, both included.

    `until` is the last day as far as is decided, and `requested_until` what was requested. `decided_by` approved or
    rejected it; `ended_by` let it end sooner. Notes are null to
    managers who have not requested it, since they often say much of somebody's health, and empty once the person was
    erased.
    """

    id: UUID
    user_id: UUID
    requirement_id: UUID
    kind: ReliefKind
    reason: ReliefReason
    note: str | None
    from_day: date
    until: date | None
    requested_until: date | None
    status: ReliefStatus
    decree_id: UUID | None
    requested_by: UUID | None
    requested_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    decision_note: str | None
    ended_by: UUID | None
    ended_at: datetime | None
    ending_note: str | None
    version: int

    @classmethod
    def of(cls, relief: Relief) -> ReliefView:
        decided, ended = relief.decision, relief.ending
        return view_of(
            cls,
            relief,
            decided_by=decided and decided.decided_by,
            decided_at=decided and decided.decided_at,
            decision_note=decided and decided.note,
            ended_by=ended and ended.decided_by,
            ended_at=ended and ended.decided_at,
            ending_note=ended and ended.note,
        )

    def hide_notes(self) -> None:
        """Leave the notes out."""
        self.note = self.decision_note = self.ending_note = None


@dataclass(slots=True)
class ReliefDecisionView:
    """A decision about relief. `last_day` is that of relief that ends sooner than was approved."""

    number: int
    outcome: ReliefOutcome
    last_day: date | None
    note: str | None
    decided_by: UUID | None
    decided_at: datetime

    @classmethod
    def of(cls, decision: ReliefDecision) -> ReliefDecisionView:
        return view_of(cls, decision)


@dataclass(slots=True)
class ReliefDetail(ReliefView):
    """Relief with all decisions about it, oldest first."""

    decisions: list[ReliefDecisionView]

    @classmethod
    def of(cls, relief: Relief) -> ReliefDetail:
        shown = ReliefView.of(relief)
        return view_of(cls, shown, decisions=list(map(ReliefDecisionView.of, relief.decisions)))

    @classmethod
    def within(cls, scope: Scope, relief: Relief) -> ReliefDetail:
        """As it is shown within the scope."""
        detail = cls.of(relief)
        if not scope.everyone and not relief.shows_notes_to(scope.user_id):
            detail.hide_notes()
        return detail

    def hide_notes(self) -> None:
        ReliefView.hide_notes(self)
        for each in self.decisions:
            each.note = None


@dataclass(slots=True)
class DecreeView:
    """A decree, and of how many people the relief is still to be decided, approved and rejected."""

    id: UUID
    requirement_id: UUID
    kind: ReliefKind
    reason: ReliefReason
    note: str
    from_day: date
    until: date | None
    source: LegalSource
    requested_by: UUID | None
    requested_at: datetime
    requested: int
    approved: int
    rejected: int

    @classmethod
    def of(cls, decree: ReliefDecree, reliefs: Sequence[Relief]) -> DecreeView:
        numbers = {each.value: sum(relief.status is each for relief in reliefs) for each in ReliefStatus}
        return view_of(cls, decree, **numbers)


@dataclass(frozen=True, slots=True)
class ReliefFilter:
    """Which relief a list shows: what meets all given conditions. A user is shown with the users merged into it."""

    statuses: tuple[ReliefStatus, ...] = ()
    user_id: UUID | None = None
    requirement_id: UUID | None = None
    decree_id: UUID | None = None


class ReliefReader(Protocol):
    """Reads relief with one statement per call."""

    async def page(self, scope: Scope, where: ReliefFilter, after: Cursor | None, limit: int) -> Page[ReliefView]:
        """That of people in the scope, by request, newest first; with notes as `Relief.shows_notes_to` says."""

    async def detail(self, scope: Scope, relief_id: UUID) -> ReliefDetail | None:
        """The relief; None if there is none with this id of a person in the scope."""

    async def decree(self, decree_id: UUID) -> DecreeView | None:
        """The decree; None if there is none with this id."""


@dataclass(frozen=True, slots=True)
class ListRelief(Query[Page[ReliefView]]):
    """Relief, by request, newest first."""

    status: Annotated[tuple[ReliefStatus, ...], Items(3)] = ()
    user_id: UUID | None = None
    requirement_id: UUID | None = None
    decree_id: UUID | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListRelief, allow=anyone)
async def list_relief(query: ListRelief, actor: Actor, reliefs: ReliefReader) -> Page[ReliefView]:
    """Show compliance officers and administrators all relief, managers that of their people, and each their own.

    Notes are shown to managers only where they have requested it themselves.
    """
    where = ReliefFilter(query.status, query.user_id, query.requirement_id, query.decree_id)
    return await reliefs.page(scope_of(actor), where, query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ReadRelief(Query[ReliefDetail]):
    """Relief of one person, with the decisions about it."""

    relief_id: UUID


@handles(ReadRelief, allow=anyone, raises=(ReliefNotFound,))
async def read_relief(query: ReadRelief, actor: Actor, reliefs: ReliefReader) -> ReliefDetail:
    """Show compliance officers and administrators any relief, managers that of their people, and each their own."""
    relief = await reliefs.detail(scope_of(actor), query.relief_id)
    if relief is None:
        raise ReliefNotFound
    return relief


@dataclass(frozen=True, slots=True)
class ReadDecree(Query[DecreeView]):
    """A decree, with the number of people."""

    decree_id: UUID


@handles(ReadDecree, allow=compliance_officers, raises=(DecreeNotFound,))
async def read_decree(query: ReadDecree, actor: Actor, reliefs: ReliefReader) -> DecreeView:
    """Show compliance officers and administrators a decree. The list of relief by `decree_id` shows its people."""
    decree = await reliefs.decree(query.decree_id)
    if decree is None:
        raise DecreeNotFound
    return decree
