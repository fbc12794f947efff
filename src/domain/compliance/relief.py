"""Relief: an approved delay, extension, waiver, exemption or equivalent, with a reason and an end.

A request never changes. What was decided about it is added: one decision approves or rejects it, and later ones may let
it end sooner. So it stays readable what was known before. A pause during a leave is not requested: it follows from the
employment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from domain.compliance.facts import GrantedRelief
from domain.compliance.permitted_relief import ReliefKind
from domain.kernel.aggregate import Aggregate
from domain.kernel.days import days_later
from domain.kernel.errors import Conflict, Forbidden, InvalidValue, NotFound
from domain.kernel.values import PlausibleDay, Text, enforce

ReliefNote = Annotated[str, Text(2_000, min=0, form="lines")]
RejectionNote = Annotated[str, Text(2_000, form="lines")]
"""Why relief is not given."""


class ReliefReason(StrEnum):
    """Why relief is requested."""

    NO_SESSION = "no_session"
    """No class, seat or trainer was available in time."""
    ILLNESS = "illness"
    FAMILY = "family"
    MILITARY_SERVICE = "military_service"
    DISASTER = "disaster"
    NOT_EXPOSED = "not_exposed"
    """The person does not do for now what the requirement is about."""
    OTHER_TRAINING = "other_training"
    LEGAL_ORDER = "legal_order"
    """An authority has moved or suspended the requirement."""
    OTHER = "other"
    """The note says it."""


class ReliefStatus(StrEnum):
    """What has been decided about a request for relief."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"


class ReliefNotFound(NotFound):
    slug = "relief-not-found"
    title = "No such relief"
    sentence = "There is no relief with this id."


class ReliefDecided(Conflict):
    slug = "relief-decided"
    title = "The relief is decided already"
    sentence = "This relief was approved or rejected already. Request another one if it is needed."
    names_the_first = True


class ReliefNotInForce(Conflict):
    slug = "relief-not-in-force"
    title = "The relief is not in force"
    sentence = "Only relief that was approved, and has not ended before this day, can be ended."


class ReliefRequestedBefore(Conflict):
    """The same relief was requested before, and was not rejected."""

    slug = "relief-requested-before"
    title = "The relief was requested before"
    names_the_first = True

    def __init__(self, relief_id: UUID | None = None) -> None:
        first = "" if relief_id is None else f": {relief_id}"
        super().__init__(f"The same relief was requested for this person before{first}.")


class OwnRelief(Forbidden):
    slug = "own-relief"
    title = "Somebody else must decide"
    sentence = "Relief is decided by somebody who has neither requested it nor is concerned by it."


class ReliefOutcome(StrEnum):
    """What a decision does."""

    APPROVED = "approved"
    REJECTED = "rejected"
    ENDED = "ended"
    """It ends sooner than was approved."""


@dataclass(frozen=True, slots=True)
class ReliefDecision:
    """A decision about a request for relief, which never changes. Numbers count from 1.

    `last_day` is that of relief that ends sooner; the day before its first one if it is as if it had not been given.
    """

    relief_id: UUID
    user_id: UUID
    number: int
    outcome: ReliefOutcome
    last_day: date | None
    note: ReliefNote
    decided_by: UUID | None
    decided_at: datetime

    def __post_init__(self) -> None:
        enforce(self)


class Relief(Aggregate):
    """Relief of one person from one requirement, from its first to its last day, both included.

    For an extension the last day is the new due day. Only an equivalent may be without an end. `decree_id` is the
    decree by which relief was requested for many at once. `person_id` and `requester_id` are the users who stand now
    for the person and for who has requested it, after a merge others than `user_id` and `requested_by`. `number` counts
    the requests for this user and requirement, from 1.
    """

    note: ReliefNote
    from_day: PlausibleDay
    requested_until: PlausibleDay | None

    def __init__(
        self,
        id: UUID,
        *,
        user_id: UUID,
        requirement_id: UUID,
        kind: ReliefKind,
        reason: ReliefReason,
        from_day: date,
        until: date | None,
        requested_by: UUID | None,
        now: datetime,
        note: str = "",
        decree_id: UUID | None = None,
        number: int = 1,
        person_id: UUID | None = None,
        requester_id: UUID | None = None,
        decisions: Sequence[ReliefDecision] = (),
    ) -> None:
        self.id = id
        self.user_id = user_id
        self.person_id = person_id or user_id
        self.requirement_id = requirement_id
        self.kind = kind
        self.reason = reason
        self.note = note
        self.from_day = from_day
        self.requested_until = until
        self.decree_id = decree_id
        self.requested_by = requested_by
        self.requester_id = requester_id or requested_by
        self.requested_at = now
        self.number = number
        self.decisions = tuple(decisions)
        self.written: list[ReliefDecision] = []
        """The decisions that were added here, in order."""
        self.version = 1 + len(self.decisions)
        self.created_at = now
        self.updated_at = self.decisions[-1].decided_at if self.decisions else now

    @classmethod
    def request(
        cls,
        id: UUID,
        *,
        user_id: UUID,
        requirement_id: UUID,
        kind: ReliefKind,
        reason: ReliefReason,
        from_day: date,
        until: date | None,
        requested_by: UUID | None,
        now: datetime,
        note: str = "",
        decree_id: UUID | None = None,
        number: int = 1,
    ) -> Self:
        """A new request. Raises InvalidValue."""
        require_sense(kind, reason, from_day, until, note)
        relief = cls(
            id,
            user_id=user_id,
            requirement_id=requirement_id,
            kind=kind,
            reason=reason,
            from_day=from_day,
            until=until,
            requested_by=requested_by,
            now=now,
            note=note,
            decree_id=decree_id,
            number=number,
        )
        enforce(relief)
        return relief

    @property
    def decision(self) -> ReliefDecision | None:
        """The one that approved or rejected it."""
        return self.decisions[0] if self.decisions else None

    @property
    def ending(self) -> ReliefDecision | None:
        """The one by which it ends sooner."""
        return self.decisions[-1] if len(self.decisions) > 1 else None

    @property
    def status(self) -> ReliefStatus:
        return ReliefStatus.REQUESTED if self.decision is None else ReliefStatus(self.decision.outcome)

    @property
    def until(self) -> date | None:
        """The last day, as far as is decided."""
        return self.requested_until if self.ending is None else self.ending.last_day

    @property
    def granted(self) -> GrantedRelief | None:
        """What the engine takes into account; None unless it was approved."""
        if self.status is not ReliefStatus.APPROVED:
            return None
        return as_granted(self.id, self.kind, self.from_day, self.until)

    @property
    def has_notes(self) -> bool:
        """Whether the request or a decision says anything in words."""
        return any((self.note, *(each.note for each in self.decisions)))

    def shows_notes_to(self, user_id: UUID | None) -> bool:
        """Whether somebody who does not decide may read why: the person concerned, and who has requested it."""
        return user_id is not None and user_id in (self.person_id, self.requested_by, self.requester_id)

    def approve(self, *, by: UUID | None, now: datetime, note: str = "") -> None:
        """Raises ReliefDecided, and OwnRelief for the person concerned and the one who has requested it."""
        self._decide(ReliefOutcome.APPROVED, by, now, note)

    def reject(self, *, by: UUID | None, now: datetime, note: str) -> None:
        """The note says why. Raises like `approve`, and InvalidValue without a note."""
        if not note.strip():
            raise InvalidValue("must say why the relief is rejected", "note")
        self._decide(ReliefOutcome.REJECTED, by, now, note)

    def end(self, last_day: date, *, by: UUID | None, now: datetime, note: str = "") -> None:
        """Let approved relief end sooner, with this day; before its first day, it is as if it had not been given.

        Nothing happens if it ends on this day already. Raises ReliefNotInForce, and OwnRelief for the person concerned.
        """
        if by == self.person_id:
            raise OwnRelief
        if self.granted is None or (self.until is not None and self.until < last_day):
            raise ReliefNotInForce
        if self.until != last_day:
            self._add(ReliefOutcome.ENDED, max(last_day, days_later(self.from_day, -1)), by, now, note)

    def close(self, *, by: UUID | None, now: datetime) -> None:
        """Reject a request that waits, since the person was erased; by somebody who decides about the person's data."""
        if self.status is ReliefStatus.REQUESTED:
            self._add(ReliefOutcome.REJECTED, None, by, now, "")

    def is_same(self, kind: ReliefKind, from_day: date, until: date | None) -> bool:
        """Whether this is requested or in force: the same kind on the same days."""
        live = self.status is ReliefStatus.REQUESTED or self.granted is not None
        return live and (self.kind, self.from_day, self.until) == (kind, from_day, until)

    def _decide(self, outcome: ReliefOutcome, by: UUID | None, now: datetime, note: str) -> None:
        if self.status is not ReliefStatus.REQUESTED:
            raise ReliefDecided
        if by in (self.person_id, self.user_id, self.requested_by, self.requester_id):
            raise OwnRelief
        self._add(outcome, None, by, now, note)

    def _add(self, outcome: ReliefOutcome, last_day: date | None, by: UUID | None, now: datetime, note: str) -> None:
        number = len(self.decisions) + 1
        added = ReliefDecision(self.id, self.user_id, number, outcome, last_day, note, by, now)
        self.decisions = (*self.decisions, added)
        self.written.append(added)
        self._changed(now)


def as_granted(id: UUID, kind: ReliefKind, from_day: date, until: date | None) -> GrantedRelief | None:
    """Approved relief as the engine takes it into account; None if it was ended before its first day."""
    if until is not None and until < from_day:
        return None
    return GrantedRelief(from_day, until, id=id, kind=kind)


def require_sense(kind: ReliefKind, reason: ReliefReason, from_day: date, until: date | None, note: str) -> None:
    """Raises InvalidValue for what is not a request for relief."""
    if until is None and kind is not ReliefKind.EQUIVALENT:
        raise InvalidValue("must be given: relief has a last day, so that it is reviewed", "until")
    if until is not None and until < from_day:
        raise InvalidValue(f"must not be before the first day, {from_day}", "until")
    if reason is ReliefReason.OTHER and not note.strip():
        raise InvalidValue("must say the reason, since `reason` is `other`", "note")


def next_number(earlier: Iterable[Relief], kind: ReliefKind, from_day: date, until: date | None) -> int:
    """The number of another request for the same user and requirement. Raises ReliefRequestedBefore."""
    found = list(earlier)
    for each in found:
        if each.is_same(kind, from_day, until):
            raise ReliefRequestedBefore(each.id)
    return max((each.number for each in found), default=0) + 1
