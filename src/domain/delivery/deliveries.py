"""Deliveries: one event on its way to one target, and its state after each attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from domain.delivery.events import StoredEvent
from domain.delivery.retries import RetryPolicy


class DeliveryState(StrEnum):
    """Where a delivery is: on its way, or finished in one of three ways."""

    WAITING = "waiting"
    """For its first or next attempt, which may be running now."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up; an operator can send it again."""
    DROPPED = "dropped"
    """Not wanted any more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target that wants an event. The pair is delivered once, however often it is asked for."""

    target_id: UUID
    event: StoredEvent

    def delivery_id(self, channel: str) -> UUID:
        """The id of its delivery by this channel, which follows from what it is."""
        return uuid5(self.event.id, f"{channel} {self.target_id}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that a worker may attempt now, and nobody else before the lease ends.

    `attempt` counts from 1. `fence` increases with every claim: what a worker reports with an older one, because its
    lease had ended, is refused. `created_at` (UTC) is when the delivery was planned.
    """

    id: UUID
    channel: str
    target_id: UUID
    event: StoredEvent
    attempt: int
    fence: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivered:
    """The target has accepted the event."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed; another may succeed.

    `reason` is one lower-case word or a few joined by hyphens, such as `timeout` or `refused`; with it goes the
    numeric `status` of the answer, if there was one. Neither may hold anything that the target has sent, nor personal
    data. `not_before` is the wait that the target asked for (`Retry-After`); the next attempt is not earlier.
    """

    reason: str
    status: int | None = None
    not_before: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No further attempt can succeed: the delivery is dead. `reason` and `status` as in Failed."""

    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """The event is not wanted any more, such as when the target was removed. `reason` as in Failed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nothing was attempted, such as while the target is paused; try again after this time. No attempt is counted.

    What comes later for the same target and learner waits too.
    """

    reason: str
    wait: timedelta


Outcome = Delivered | Failed | Refused | Dropped | Postponed


@dataclass(frozen=True, slots=True)
class Settled:
    """What a delivery becomes: its state, and when it is attempted next (UTC), if at all.

    `attempts` have been made by now. `error` is a reason with its status, such as `answered 503`.
    """

    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    error: str | None


def settle(claim: Claim, outcome: Outcome, policy: RetryPolicy, now: datetime, chance: float) -> Settled:
    """The state of the delivery after this outcome. `chance` is a random number from 0 to 1."""
    match outcome:
        case Delivered():
            return Settled(DeliveryState.DELIVERED, claim.attempt, None, None)
        case Dropped(reason):
            return Settled(DeliveryState.DROPPED, claim.attempt, None, reason)
        case Refused(reason, status):
            return Settled(DeliveryState.DEAD, claim.attempt, None, _error(reason, status))
        case Postponed(reason, wait):
            return Settled(DeliveryState.WAITING, claim.attempt - 1, now + wait, reason)
        case Failed(reason, status, not_before):
            planned = policy.wait(claim.attempt, chance)
            if planned is None:
                return Settled(DeliveryState.DEAD, claim.attempt, None, _error(reason, status))
            asked = min(not_before or planned, LONGEST_ASKED)
            return Settled(DeliveryState.WAITING, claim.attempt, now + max(planned, asked), _error(reason, status))


LONGEST_ASKED = timedelta(hours=24)
"""The longest wait that a target may ask for."""


def _error(reason: str, status: int | None) -> str:
    return reason if status is None else f"{reason} {status}"
