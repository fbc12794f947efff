"""What delivery needs of the store, and of the channels by which events leave.

An event is planned once for each target that wants it, and delivered at least once: a worker that dies between sending
and reporting is followed by another, which sends again. A receiver detects that by the event's id.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.messages import Cursor, Page
from domain.delivery.deliveries import Claim, DeliveryState, Outcome, Settled, Wanted
from domain.delivery.events import Place, StoredEvent
from domain.delivery.retries import RetryPolicy
from domain.kernel.errors import Conflict, NotFound
from domain.kernel.values import Text

ChannelName = Annotated[str, Text(40)]


class Channel(Protocol):
    """A way by which events leave, such as webhooks; put `@delivers("name")` on the class (`channels.py`).

    The parameters of its constructor are objects of the application, found by their types: readers, the clock, the
    bus. One object serves the whole process, and several attempts run at the same time.
    """

    policy: RetryPolicy
    """When failed attempts are repeated, such as STANDARD_WEBHOOKS."""
    deadline: timedelta
    """The longest an attempt may take. Then it is cancelled and has failed with `timeout`."""
    concurrency: int
    """How many attempts one worker makes at the same time."""

    async def wanted(self, events: Sequence[StoredEvent]) -> Sequence[Wanted]:
        """Which targets want which of these events, which are in order; nothing while the channel is not set up.

        Each event is asked about once. It may be asked about again after a failure, and then counts once. The first
        time that a worker runs the channel it is asked about all stored events, up to 90 days old: a target that must
        not get events from before it existed compares `occurred_at`. Takes few statements for all of them, and sends
        nothing. What it raises stops the channel for a moment, without losing events.
        """

    async def deliver(self, claim: Claim) -> Outcome:
        """Make one attempt; its result.

        Earlier events of the same target and learner have been delivered, or given up. Reads what else is needed, such
        as the target's address, here, when it is needed. An exception counts as Failed with `error`. Is cancelled at
        the deadline. The attempt may be a repeated one, so that the receiver needs the event's id.
        """

    def full(self) -> Collection[UUID]:
        """The targets that can have no further attempt by this worker now. What waits for them is not claimed, so that
        it does not hold up the others, however much it is.
        """


class EventLog(Protocol):
    """All stored events in order: a reader, which works outside of units of work."""

    async def after(self, place: Place, limit: int) -> list[StoredEvent]:
        """The first events behind the place, at most so many.

        Only events which no running transaction can still precede (decision 19), so that a reader that goes on behind
        the last event of each answer sees every event once. A place stays valid when events are deleted.
        """

    async def get(self, event_id: UUID) -> StoredEvent | None:
        """The event; None if there is none."""

    async def read_up_to(self, channel: str) -> Place:
        """How far the channel has read the events; before the first one if it has not begun."""


class Deliveries(Protocol):
    """Deliveries, and how far each channel has read the events; bound to a unit of work."""

    async def advance(self, channel: str, since: Place, until: Place, wanted: Sequence[Wanted], now: datetime) -> bool:
        """Plan these deliveries, and note that the channel has read all events up to `until`.

        Does nothing and is false if the channel has not read just up to `since`: another worker was faster.
        """

    async def plan(self, channel: str, wanted: Sequence[Wanted], now: datetime) -> int:
        """Plan these deliveries, also of events that the channel has read: it sends older events to a new target.

        Those that exist stay as they are. The result is how many were new.
        """

    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        """Take deliveries that are due and that nobody holds, the longest due first, until the lease ends.

        None for the targets of `but`.

        Of the waiting deliveries of one target with the same `StoredEvent.ordered_by` only the earliest is taken, so
        that they are attempted in the order of events.
        """

    async def settle(self, claim: Claim, settled: Settled, now: datetime) -> bool:
        """Keep the result of an attempt. Does nothing and is false if the delivery was claimed again since."""

    async def give_back(self, claims: Sequence[Claim]) -> None:
        """End the leases of what was not attempted. The attempts are not counted. Claims of others are left alone."""

    async def replay(self, delivery_id: UUID, now: datetime) -> None:
        """Make a finished delivery wait again, as if it had not been attempted yet.

        Raises DeliveryNotFound, and DeliveryWaiting if it is not finished.
        """

    async def replay_dead(self, channel: str | None, target_id: UUID | None, now: datetime, limit: int) -> list[UUID]:
        """Like `replay`, dead deliveries of the channel and target, oldest events first, at most so many; their ids."""

    async def drop(self, channel: str, target_id: UUID, reason: str, now: datetime) -> int:
        """Finish all that waits for the target, which is removed, as dropped; how many."""

    async def forget(self, finished_before: datetime, limit: int) -> int:
        """Delete deliveries that were finished earlier, at most so many; how many."""

    async def forget_events(self, before: datetime, channels: Sequence[str], limit: int) -> int:
        """Delete events that happened earlier, which all of these channels have read, and of which no delivery is kept;
        at most so many; how many. Events younger than 90 days always stay.
        """


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    slug = "delivery-not-found"
    title = "Delivery not found"
    sentence = "There is no such delivery. Finished ones are removed after 30 days."


class DeliveryWaiting(Conflict):
    """The delivery is not finished, so that there is nothing to repeat."""

    slug = "delivery-waiting"
    title = "The delivery is still on its way"
    sentence = "This delivery is still on its way, and will be attempted without being repeated."


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are listed; None for all."""

    state: DeliveryState | None = None
    channel: str | None = None
    target_id: UUID | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery.

    `learner_id` is the one user that the event is about, if there is one. Times are in UTC. Finished ones have no
    `next_attempt_at`. `last_error` is a reason such as `timeout`, or with a status such as `answered 503`.
    """

    id: UUID
    channel: str
    target_id: UUID
    event_id: UUID
    event_name: str
    learner_id: UUID | None
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many deliveries of a channel wait and how many are dead, and since when (UTC) the oldest waiting one is due.

    One that waits for quiet hours to end, or as long as its receiver has asked, is due in the future.
    """

    channel: str
    waiting: int
    dead: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastRun:
    """When a worker last finished a run of a job (UTC); None if none has, or long ago."""

    finished_at: datetime | None


class DeliveryReader(Protocol):
    """Shows deliveries; works outside of units of work."""

    async def page(self, where: DeliveryFilter, after: Cursor | None, limit: int) -> Page[DeliveryView]:
        """The deliveries from newest to oldest."""

    async def counts(self) -> list[ChannelCount]:
        """Of each channel that has deliveries, by name."""

    async def last_run(self) -> LastRun:
        """Of all jobs."""


@dataclass(frozen=True, slots=True)
class JobClaim:
    """A run of a job that a worker may do now, and nobody else before the lease ends. `fence` as in Claim.

    `due_at` is the moment that it was due (UTC); `attempt` counts from 1.
    """

    id: UUID
    job: str
    due_at: datetime
    attempt: int
    fence: int


class JobRuns(Protocol):
    """Runs of scheduled jobs, one for each due moment; bound to a unit of work."""

    async def last_due(self, job: str, now: datetime) -> datetime | None:
        """The latest due moment (UTC) until now for which there is a run; None if there is none.

        Runs of later moments are of a clock that was ahead, and keep no other moment from being planned.
        """

    async def plan(self, job: str, due_at: Sequence[datetime], now: datetime) -> None:
        """Have a run for each of these due moments. Those that exist stay as they are."""

    async def claim(self, job: str, now: datetime, lease: timedelta) -> JobClaim | None:
        """Take the earliest unfinished run of the job if it is due and nobody holds it, until the lease ends."""

    async def settle(self, claim: JobClaim, error: str | None, next_attempt_at: datetime | None, now: datetime) -> bool:
        """Keep that the run was done, or has failed with this error and is tried again then (None: never).

        Does nothing and is false if the run was claimed again since.
        """

    async def forget(self, finished_before: datetime, limit: int) -> int:
        """Delete runs that were finished earlier, but the latest of each job, at most so many; how many."""
