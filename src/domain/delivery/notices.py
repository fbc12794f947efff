"""Notices: what people are notified by e-mail about their training, each for one cause and once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict
from domain.kernel.values import Text

Cause = Annotated[str, Text(80)]
"""Why there is a notice about something, such as `overdue/2/2026-03-31/7`: the kind, the cycle, and the days."""


class NoticeKind(StrEnum):
    """What a notice is about, which is also what people can turn off."""

    ASSIGNED = "assigned"
    """Something new is to be done: an obligation has opened, or an enrollment was made."""
    DUE = "due"
    """Something is due soon, or today."""
    OVERDUE = "overdue"
    DIGEST = "digest"
    """What a manager's people have to do, in one message."""
    CERTIFICATE = "certificate"
    """A certificate was earned."""
    EXPIRING = "expiring"
    """A certificate or a credential expires soon."""
    REJECTED = "rejected"
    """A submitted credential was rejected."""


class SubjectKind(StrEnum):
    """What a notice names by its id."""

    OBLIGATION = "obligation"
    """A requirement."""
    ENROLLMENT = "enrollment"
    """A module."""
    CERTIFICATE = "certificate"
    """The record that earned it."""
    CREDENTIAL = "credential"
    TEAM = "team"
    """The manager's own people; the id is the manager's."""


class NoticeState(StrEnum):
    """What has become of a notice."""

    WAITING = "waiting"
    SENT = "sent"
    """The mail server has accepted it."""
    SUPPRESSED = "suppressed"
    """It was not sent, on purpose."""
    FAILED = "failed"


class NoticeReason(StrEnum):
    """Why a notice was not sent, or not yet."""

    QUIET = "quiet"
    """It waits for the end of the quiet hours at the person's location."""
    PREFERENCE = "preference"
    """The person has turned such notices off."""
    NO_ADDRESS = "no_address"
    BOUNCING = "bouncing"
    """The mail server has refused this address before."""
    DEACTIVATED = "deactivated"
    ON_LEAVE = "on_leave"
    ERASED = "erased"
    DEMONSTRATION = "demonstration"
    """The person is made up."""
    SUPERSEDED = "superseded"
    """It is no longer true: met, waived, revoked, withdrawn, or due on another day."""
    REFUSED = "refused"
    """The mail server has refused the address or the message."""
    GAVE_UP = "gave_up"
    """The mail server could not be reached, or refused for the moment, in all attempts."""


class NoticeDecidedBefore(Conflict):
    """There is a notice for this cause already: another process has decided it at the same time."""

    slug = "notice-decided-before"
    title = "The notice is there already"
    sentence = "There is a notice for this person, subject and cause already."


@dataclass(frozen=True, slots=True)
class NoticeEvent(DomainEvent):
    """Something that happened to the notices that make up one message to one person."""

    mail_id: UUID
    """The message."""
    user_id: UUID
    """Whom it is for."""
    notice_ids: tuple[UUID, ...]
    """The notices in it."""

    @property
    def subject_id(self) -> UUID:
        return self.mail_id


@dataclass(frozen=True, slots=True)
class NoticesDecided(NoticeEvent):
    """Somebody is to be notified of something by e-mail."""


@dataclass(frozen=True, slots=True)
class NoticesSettled(NoticeEvent):
    """The notices were sent or suppressed, have failed, or wait for the end of quiet hours."""

    state: NoticeState
    """Which of these."""


@dataclass(frozen=True, slots=True)
class Notice:
    """That a person is to be notified of something, for one cause, and what has become of it.

    Notices with the same `mail_id` are one message. `day` is the local day on which it was to be decided, `due_on` the
    day that it is about. `sequence` counts the due days of the cycle from 0. `not_before` and `settled_at` are in UTC;
    `status` is the number that the mail server has answered.
    """

    id: UUID
    mail_id: UUID
    user_id: UUID
    kind: NoticeKind
    subject: SubjectKind
    object_id: UUID
    cause: str
    cycle: int
    day: date
    due_on: date | None
    sequence: int
    decided_at: datetime
    state: NoticeState = NoticeState.WAITING
    reason: NoticeReason | None = None
    status: int | None = None
    not_before: datetime | None = None
    settled_at: datetime | None = None

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        """No two notices have the same."""
        return self.user_id, self.object_id, self.cause

    @property
    def can_be_sent(self) -> bool:
        """Whether it waits, or was given up and may be tried again."""
        return self.state is NoticeState.WAITING or self.reason is NoticeReason.GAVE_UP

    def is_outdated(self, due_on: date | None) -> bool:
        """Whether it names a due day that is not the one of now. What is new is notified with the due day of now."""
        return self.kind is not NoticeKind.ASSIGNED and self.due_on != due_on

    def sent(self, now: datetime) -> Notice:
        """The mail server has accepted it."""
        return replace(self, state=NoticeState.SENT, reason=None, not_before=None, settled_at=now)

    def suppressed(self, reason: NoticeReason, now: datetime) -> Notice:
        """It is not sent, for this reason."""
        return replace(self, state=NoticeState.SUPPRESSED, reason=reason, not_before=None, settled_at=now)

    def failed(self, reason: NoticeReason, status: int | None, now: datetime) -> Notice:
        """It could not be sent."""
        return replace(self, state=NoticeState.FAILED, reason=reason, status=status, not_before=None, settled_at=now)

    def postponed(self, until: datetime) -> Notice:
        """It waits for the end of quiet hours."""
        return replace(self, reason=NoticeReason.QUIET, not_before=until)
