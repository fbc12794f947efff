"""Requesting relief for one person, deciding about it, and letting it end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from application.compliance.relief.permitting import PermittedRelief
from application.compliance.relief.ports import Reliefs
from application.compliance.relief.queries import ReliefDetail, ReliefView
from application.kernel.access import Actor, anyone, compliance_officers, scope_of
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.units import Events
from application.people.ports import Staff
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import (
    OwnRelief,
    RejectionNote,
    Relief,
    ReliefDecided,
    ReliefNote,
    ReliefNotFound,
    ReliefNotInForce,
    ReliefReason,
    ReliefRequestedBefore,
    next_number,
    require_sense,
)
from domain.compliance.relief_events import ReliefApproved, ReliefEnded, ReliefEvent, ReliefRejected, ReliefRequested
from domain.compliance.relief_limits import ReliefNotPermitted
from domain.compliance.requirement_errors import RequirementNotFound
from domain.kernel.values import PlausibleDay
from domain.people.user_errors import UserIsErased, UserIsMerged, UserNotFound
from domain.people.users import User


@dataclass(frozen=True, slots=True)
class RequestRelief(Command[ReliefView]):
    """Request relief for one person, from its first to its last day.

    For an extension, `until` is the new due day. Only an equivalent may be without an end.
    """

    user_id: UUID
    requirement_id: UUID
    kind: ReliefKind
    reason: ReliefReason
    from_day: PlausibleDay
    until: date | None = None
    note: ReliefNote = ""

    def require_sense(self) -> None:
        require_sense(self.kind, self.reason, self.from_day, self.until, self.note)


@handles(
    RequestRelief,
    allow=anyone,
    raises=(
        UserNotFound,
        UserIsMerged,
        UserIsErased,
        RequirementNotFound,
        ReliefNotPermitted,
        ReliefRequestedBefore,
    ),
)
async def request_relief(
    command: RequestRelief,
    actor: Actor,
    staff: Staff,
    reliefs: Reliefs,
    permitted: PermittedRelief,
    events: Events,
    ids: Ids,
    clock: Clock,
) -> ReliefView:
    """Everyone requests relief for themselves, managers for their people, compliance officers and administrators for
    anyone. Nothing changes for the person until somebody else has approved it.

    The requirement must permit it: by the version that counts for the person, and an extension only so many days after
    the due day.
    """
    user = _seen(actor, (await staff.many([command.user_id])).get(command.user_id))
    earlier = (await reliefs.earlier(command.requirement_id, [user.id])).get(user.id, ())
    relief = Relief.request(
        ids.new(),
        user_id=user.id,
        requirement_id=command.requirement_id,
        kind=command.kind,
        reason=command.reason,
        note=command.note,
        from_day=command.from_day,
        until=command.until,
        requested_by=actor.id,
        now=clock.now(),
        number=next_number(earlier, command.kind, command.from_day, command.until),
    )
    await permitted.require(relief)
    await reliefs.add([relief])
    _record(events, ReliefRequested, relief)
    return ReliefView.of(relief)


def _seen(actor: Actor, user: User | None) -> User:
    """Raises UserNotFound for somebody whom the actor may not see, UserIsMerged and UserIsErased."""
    scope = scope_of(actor)
    if user is None or not scope.covers(user.id, user.department):
        raise UserNotFound
    if not scope.everyone and (user.merged_into is not None or user.erased_at is not None):
        raise UserNotFound
    user.require_unmerged()
    if user.erased_at is not None:
        raise UserIsErased
    return user


def _record(events: Events, happened: type[ReliefEvent], relief: Relief) -> None:
    for event in happened.together([relief]):
        events.record(event)


@dataclass(frozen=True, slots=True)
class ApproveRelief(Command[ReliefDetail]):
    """Approve requested relief. It counts from now on."""

    relief_id: UUID
    note: ReliefNote = ""


@handles(
    ApproveRelief,
    allow=compliance_officers,
    raises=(ReliefNotFound, ReliefDecided, OwnRelief, RequirementNotFound, ReliefNotPermitted),
)
async def approve_relief(
    command: ApproveRelief,
    actor: Actor,
    reliefs: Reliefs,
    permitted: PermittedRelief,
    events: Events,
    clock: Clock,
) -> ReliefDetail:
    """Compliance officers and administrators approve relief that somebody else has requested, and not for themselves.

    The requirement must still permit it.
    """
    relief = await reliefs.get(command.relief_id)
    relief.approve(by=actor.id, now=clock.now(), note=command.note)
    await permitted.require(relief)
    await reliefs.save([relief])
    _record(events, ReliefApproved, relief)
    return ReliefDetail.of(relief)


@dataclass(frozen=True, slots=True)
class RejectRelief(Command[ReliefDetail]):
    """Reject requested relief. The note says why."""

    relief_id: UUID
    note: RejectionNote


@handles(RejectRelief, allow=compliance_officers, raises=(ReliefNotFound, ReliefDecided, OwnRelief))
async def reject_relief(
    command: RejectRelief, actor: Actor, reliefs: Reliefs, events: Events, clock: Clock
) -> ReliefDetail:
    """Compliance officers and administrators reject relief that somebody else has requested, and not for themselves."""
    relief = await reliefs.get(command.relief_id)
    relief.reject(by=actor.id, now=clock.now(), note=command.note)
    await reliefs.save([relief])
    _record(events, ReliefRejected, relief)
    return ReliefDetail.of(relief)


@dataclass(frozen=True, slots=True)
class EndRelief(Command[ReliefDetail]):
    """Let approved relief end sooner, on this day. Before its first day, it is as if it had not been given."""

    relief_id: UUID
    last_day: PlausibleDay
    note: ReliefNote = ""


@handles(EndRelief, allow=compliance_officers, raises=(ReliefNotFound, ReliefNotInForce, ReliefDecided, OwnRelief))
async def end_relief(command: EndRelief, actor: Actor, reliefs: Reliefs, events: Events, clock: Clock) -> ReliefDetail:
    """Compliance officers and administrators let relief of others end sooner than was approved.

    What was known before stays readable. It never ends later: request further relief for that.
    """
    relief = await reliefs.get(command.relief_id)
    relief.end(command.last_day, by=actor.id, now=clock.now(), note=command.note)
    if relief.written:
        await reliefs.save([relief])
        _record(events, ReliefEnded, relief)
    return ReliefDetail.of(relief)
