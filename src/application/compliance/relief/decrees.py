"""Relief by decree: for many people at once, with the source that orders it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from application.compliance.ports import Audiences
from application.compliance.relief.permitting import PermittedRelief
from application.compliance.relief.ports import Reliefs
from application.compliance.relief.queries import DecreeView
from application.kernel.access import Actor, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.units import Events
from application.kernel.views import view_of
from application.kernel.wiring import PortSet
from application.people.ports import Staff
from domain.compliance.audience import Audience
from domain.compliance.audience_documents import parsed
from domain.compliance.citations import LegalSource
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import (
    OwnRelief,
    RejectionNote,
    Relief,
    ReliefDecided,
    ReliefNote,
    ReliefNotInForce,
    ReliefReason,
    ReliefRequestedBefore,
    ReliefStatus,
    require_sense,
)
from domain.compliance.relief_decrees import (
    MOST_DECREED,
    DecreeNotFound,
    NobodyDecreed,
    ReliefDecree,
    decide_all,
)
from domain.compliance.relief_events import ReliefApproved, ReliefEnded, ReliefEvent, ReliefRejected, ReliefRequested
from domain.compliance.relief_limits import ReliefNotPermitted
from domain.compliance.requirement_errors import RequirementNotFound
from domain.compliance.terms import AUDIENCE_WORDS
from domain.kernel.errors import DomainError, InvalidValue
from domain.kernel.values import Items, PlausibleDay, Written
from domain.people.bulk import Refusal
from domain.people.user_errors import UserIsErased, UserIsMerged, UserNotFound


@dataclass(slots=True)
class DecidedDecree(DecreeView):
    """A decree, and the people whom the request left out, each with the reason."""

    refused: list[Refusal]

    @classmethod
    def after(cls, decree: ReliefDecree, reliefs: Sequence[Relief], refused: Sequence[Refusal]) -> DecidedDecree:
        return view_of(cls, DecreeView.of(decree, reliefs), refused=list(refused))


@dataclass(frozen=True, slots=True)
class DecreeRelief(Command[DecidedDecree]):
    """Request the same relief for many people: those named, or everyone whom the audience includes today."""

    requirement_id: UUID
    kind: ReliefKind
    reason: ReliefReason
    from_day: PlausibleDay
    source: LegalSource
    until: date | None = None
    note: ReliefNote = ""
    user_ids: Annotated[tuple[UUID, ...], Items(5_000)] = ()
    audience: Annotated[Audience, Written(parsed, AUDIENCE_WORDS)] | None = None

    def require_sense(self) -> None:
        if bool(self.user_ids) is (self.audience is not None):
            raise InvalidValue("must be given, or else `audience`, and not both", "user_ids")
        require_sense(self.kind, self.reason, self.from_day, self.until, self.note)


@dataclass(frozen=True, slots=True)
class DecreedPeople(PortSet):
    """The people for whom a decree requests relief."""

    staff: Staff
    audiences: Audiences
    reliefs: Reliefs
    calendar: Calendar
    ids: Ids

    async def requests(self, decree: ReliefDecree, command: DecreeRelief) -> tuple[list[Relief], list[Refusal]]:
        """A request for each, and who is left out. Raises InvalidValue for more than one decree may name."""
        refused: list[Refusal] = []
        named = await self._named(command, decree)
        if len(named) > MOST_DECREED:
            raise InvalidValue(
                f"includes {len(named)} people, and one decree names at most {MOST_DECREED}: divide it, for example "
                "by location",
                "audience",
            )
        user_ids = await self._present(named, refused)
        earlier = await self.reliefs.earlier(decree.requirement_id, user_ids)
        requests = []
        for user_id in user_ids:
            try:
                requests.append(decree.relief(self.ids.new(), user_id, earlier.get(user_id, ())))
            except ReliefRequestedBefore as error:
                refused.append(_refusal(user_id, error))
        return requests, refused

    async def _named(self, command: DecreeRelief, decree: ReliefDecree) -> list[UUID]:
        if command.audience is None:
            return list(dict.fromkeys(command.user_ids))
        members = await self.audiences.members(command.audience, self.calendar.day_of(decree.requested_at))
        return list(dict.fromkeys(each.user_id for each in members))

    async def _present(self, user_ids: Sequence[UUID], refused: list[Refusal]) -> list[UUID]:
        # Members of an audience too: nobody erases or merges them before their relief is there to be closed with them.
        known = await self.staff.many(user_ids)
        found = []
        for user_id in user_ids:
            user = known.get(user_id)
            if user is None:
                refused.append(_refusal(user_id, UserNotFound()))
            elif user.merged_into is not None:
                refused.append(_refusal(user_id, UserIsMerged(user.merged_into)))
            elif user.erased_at is not None:
                refused.append(_refusal(user_id, UserIsErased()))
            else:
                found.append(user_id)
        return found


def _refusal(user_id: UUID, error: DomainError) -> Refusal:
    return Refusal(user_id, error.slug, str(error))


@handles(DecreeRelief, allow=compliance_officers, raises=(RequirementNotFound, NobodyDecreed, ReliefRequestedBefore))
async def decree_relief(
    command: DecreeRelief,
    actor: Actor,
    people: DecreedPeople,
    reliefs: Reliefs,
    permitted: PermittedRelief,
    events: Events,
    ids: Ids,
    clock: Clock,
) -> DecidedDecree:
    """Compliance officers and administrators request relief for many people at once, with the source that orders it.

    Somebody else approves the decree, at once for everybody. People for whom the requirement does not permit it, or for
    whom it was requested before, are listed under `refused` with the reason; it is requested for the others. A decree
    names at most 20,000 people.
    """
    decree = ReliefDecree(
        ids.new(),
        requirement_id=command.requirement_id,
        kind=command.kind,
        reason=command.reason,
        note=command.note,
        from_day=command.from_day,
        until=command.until,
        source=command.source,
        requested_by=actor.id,
        requested_at=clock.now(),
    )
    requests, refused = await people.requests(decree, command)
    denied = await permitted.refused(decree.requirement_id, requests)
    refused += [_refusal(each.user_id, denied[each.id]) for each in requests if each.id in denied]
    requested = [each for each in requests if each.id not in denied]
    if not requested:
        raise NobodyDecreed(refused[0].reason if refused else None)
    await reliefs.add_decree(decree)
    await reliefs.add(requested)
    _record(events, ReliefRequested, decree, requested)
    return DecidedDecree.after(decree, requested, refused)


def _record(events: Events, happened: type[ReliefEvent], decree: ReliefDecree, reliefs: Sequence[Relief]) -> None:
    for event in happened.together(reliefs, decree.id):
        events.record(event)


@dataclass(frozen=True, slots=True)
class DecreeBook(PortSet):
    """Decrees, about whose relief one decision is made at once."""

    reliefs: Reliefs
    events: Events

    async def of(self, decree_id: UUID) -> tuple[ReliefDecree, list[Relief]]:
        """The decree with its relief, about which nobody else decides until the unit ends. Raises DecreeNotFound."""
        decree = await self.reliefs.decree(decree_id)
        return decree, await self.reliefs.of_decree(decree_id)

    async def decide(
        self,
        decree: ReliefDecree,
        found: Sequence[Relief],
        decide: Callable[[Relief], None],
        happened: type[ReliefEvent],
        but: Mapping[UUID, DomainError] | None = None,
    ) -> DecidedDecree:
        """Decide so about all relief of the decree; who cannot be decided about is left as is and refused.

        `but` are those about whom it cannot be decided, by the ids of their relief. Relief that was decided before by
        itself is left as is. Raises the reason of the refusals if none is decided.
        """
        decision = decide_all(found, decide, but)
        await self.reliefs.save(decision.decided)
        _record(self.events, happened, decree, decision.decided)
        refused = [_refusal(each.user_id, error) for each, error in decision.refused]
        return DecidedDecree.after(decree, found, refused)


@dataclass(frozen=True, slots=True)
class ApproveDecree(Command[DecidedDecree]):
    """Approve the relief of all people of a decree."""

    decree_id: UUID
    note: ReliefNote = ""


@handles(
    ApproveDecree,
    allow=compliance_officers,
    raises=(DecreeNotFound, ReliefDecided, OwnRelief, RequirementNotFound, ReliefNotPermitted),
)
async def approve_decree(
    command: ApproveDecree, actor: Actor, permitted: PermittedRelief, book: DecreeBook, clock: Clock
) -> DecidedDecree:
    """Compliance officers and administrators approve a decree that somebody else has requested.

    Their own relief is listed under `refused` and stays requested until a third person approves it. So does that of
    people for whom the requirement does not permit it any more.
    """
    now = clock.now()
    decree, found = await book.of(command.decree_id)
    waiting = [each for each in found if each.status is ReliefStatus.REQUESTED]
    denied = await permitted.refused(decree.requirement_id, waiting)
    return await book.decide(
        decree, found, lambda relief: relief.approve(by=actor.id, now=now, note=command.note), ReliefApproved, denied
    )


@dataclass(frozen=True, slots=True)
class RejectDecree(Command[DecidedDecree]):
    """Reject the relief of all people of a decree. The note says why."""

    decree_id: UUID
    note: RejectionNote


@handles(RejectDecree, allow=compliance_officers, raises=(DecreeNotFound, ReliefDecided, OwnRelief))
async def reject_decree(command: RejectDecree, actor: Actor, book: DecreeBook, clock: Clock) -> DecidedDecree:
    """Compliance officers and administrators reject a decree that somebody else has requested."""
    now = clock.now()
    decree, found = await book.of(command.decree_id)
    return await book.decide(
        decree, found, lambda relief: relief.reject(by=actor.id, now=now, note=command.note), ReliefRejected
    )


@dataclass(frozen=True, slots=True)
class EndDecree(Command[DecidedDecree]):
    """Let the approved relief of all people of a decree end sooner, on this day."""

    decree_id: UUID
    last_day: PlausibleDay
    note: ReliefNote = ""


@handles(EndDecree, allow=compliance_officers, raises=(DecreeNotFound, ReliefDecided, ReliefNotInForce, OwnRelief))
async def end_decree(command: EndDecree, actor: Actor, book: DecreeBook, clock: Clock) -> DecidedDecree:
    """Compliance officers and administrators let the relief of a decree end sooner than was approved.

    Their own is listed under `refused`, and so is relief that is not in force on that day.
    """
    now = clock.now()
    decree, found = await book.of(command.decree_id)
    return await book.decide(
        decree,
        found,
        lambda relief: relief.end(command.last_day, by=actor.id, now=now, note=command.note),
        ReliefEnded,
    )
