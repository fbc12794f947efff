"""Relief: an approved delay, extension, waiver, exemption or equivalent, with a reason and an end.

A pause during a leave is not requested: it follows from the employment.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from domain.compliance.citations import LegalSource
from domain.compliance.facts import GrantedRelief
from domain.compliance.permitted_relief import ReliefKind, ReliefPermitted
from domain.kernel.aggregate import Aggregate
from domain.kernel.days import days_later, in_words
from domain.kernel.errors import Conflict, Forbidden, InvalidValue, NotFound
from domain.kernel.values import PlausibleDay, Text, enforce

ReliefNote = Annotated[str, Text(2_000, min=0, form="lines")]


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


class ReliefNotPermitted(Conflict):
    """The requirement does not permit this kind of relief, or not for so long."""

    slug = "relief-not-permitted"
    title = "The requirement does not permit this relief"


class ReliefDecided(Conflict):
    slug = "relief-decided"
    title = "The relief is decided already"
    sentence = "This relief was approved or rejected already. Request another one if it is needed."


class ReliefNotInForce(Conflict):
    slug = "relief-not-in-force"
    title = "The relief is not in force"
    sentence = "Only relief that was approved, and has not ended before this day, can be ended."


class OwnRelief(Forbidden):
    slug = "own-relief"
    title = "Somebody else must decide"
    sentence = "Relief is decided by somebody who has neither requested it nor is concerned by it."


class Relief(Aggregate):
    """Relief of one person from one requirement, from its first to its last day, both included.

    For an extension the last day is the new due day. Only an equivalent may be without an end. `decree` is the source
    by which relief was given to many at once.
    """

    note: ReliefNote
    from_day: PlausibleDay
    until: PlausibleDay | None

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
        decree: LegalSource | None = None,
    ) -> None:
        self.id = id
        self.user_id = user_id
        self.requirement_id = requirement_id
        self.kind = kind
        self.reason = reason
        self.note = note
        self.from_day = from_day
        self.until = until
        self.decree = decree
        self.requested_by = requested_by
        self.requested_at = now
        self.status = ReliefStatus.REQUESTED
        self.decided_by: UUID | None = None
        self.decided_at: datetime | None = None
        self.decision_note: str = ""
        self.version = 1
        self.created_at = now
        self.updated_at = now
        self._require_sense()

    @property
    def granted(self) -> GrantedRelief | None:
        """What the engine takes into account; None unless it was approved."""
        if self.status is not ReliefStatus.APPROVED or (self.until is not None and self.until < self.from_day):
            return None
        return GrantedRelief(self.from_day, self.until, id=self.id, kind=self.kind)

    def approve(self, *, by: UUID, now: datetime, note: str = "") -> None:
        """Raises ReliefDecided, and OwnRelief for the person concerned and the one who has requested it."""
        self._decide(ReliefStatus.APPROVED, by, now, note)

    def reject(self, *, by: UUID, now: datetime, note: str) -> None:
        """The note says why. Raises like `approve`, and InvalidValue without a note."""
        if not note.strip():
            raise InvalidValue("must say why the relief is rejected", "note")
        self._decide(ReliefStatus.REJECTED, by, now, note)

    def end(self, last_day: date, now: datetime) -> None:
        """Let approved relief end sooner, with this day; before its first day, it is as if it had not been given.

        Raises ReliefNotInForce.
        """
        if self.granted is None or (self.until is not None and self.until < last_day):
            raise ReliefNotInForce
        if self.until != last_day:
            self.until = max(last_day, days_later(self.from_day, -1))
            self._changed(now)

    def _decide(self, status: ReliefStatus, by: UUID, now: datetime, note: str) -> None:
        if self.status is not ReliefStatus.REQUESTED:
            raise ReliefDecided
        if by in (self.user_id, self.requested_by):
            raise OwnRelief
        self.status, self.decided_by, self.decided_at, self.decision_note = status, by, now, note
        self._changed(now)

    def _require_sense(self) -> None:
        enforce(self)
        if self.until is None and self.kind is not ReliefKind.EQUIVALENT:
            raise InvalidValue("must be given: relief has a last day, so that it is reviewed", "until")
        if self.until is not None and self.until < self.from_day:
            raise InvalidValue(f"must not be before the first day, {self.from_day}", "until")
        if self.reason is ReliefReason.OTHER and not self.note.strip():
            raise InvalidValue("must say the reason when it is none of the others", "note")


def require_permitted(
    permitted: ReliefPermitted, kind: ReliefKind, until: date | None = None, due_on: date | None = None
) -> None:
    """Raises ReliefNotPermitted, with what the requirement permits, unless it permits this relief.

    `until` and `due_on` limit an extension, where both are known.
    """
    if not permitted.permits(kind):
        kinds = ", ".join(each.value for each in ReliefKind if permitted.permits(each)) or "none"
        raise ReliefNotPermitted(f"It permits no {kind.value}, only: {kinds}.")
    if kind is ReliefKind.EXTENSION and permitted.extension_days is not None and until and due_on:
        last = days_later(due_on, permitted.extension_days)
        if until > last:
            raise ReliefNotPermitted(
                f"It permits an extension of {permitted.extension_days} days, until {in_words(last)} at the latest."
            )
