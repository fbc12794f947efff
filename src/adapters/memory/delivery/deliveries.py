"""Deliveries, and how far channels have read, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable
from adapters.registry import serves
from application.delivery.ports import (
    Deliveries,
    DeliveryNotFound,
    DeliveryWaiting,
)
from domain.delivery.deliveries import Claim, DeliveryState, Settled, Wanted
from domain.delivery.events import BEGINNING, Place, StoredEvent
from domain.kernel.aggregate import EVENTS_STAY


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as it is kept."""

    id: UUID
    channel: str
    target_id: UUID
    event: StoredEvent
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    leased_until: datetime | None
    fence: int
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def key(self) -> tuple[str, UUID, UUID]:
        """What deliveries have in common that are made in order."""
        return self.channel, self.target_id, self.event.ordered_by

    @property
    def waits(self) -> bool:
        return self.state is DeliveryState.WAITING

    def again(self, now: datetime) -> Row:
        """The delivery as if it had not been attempted."""
        return replace(
            self,
            state=DeliveryState.WAITING,
            attempts=0,
            next_attempt_at=now,
            leased_until=None,
            fence=self.fence + 1,
            finished_at=None,
        )


DELIVERIES = MemoryTable[UUID, Row]("deliveries")
CURSORS = MemoryTable[str, Place]("delivery_cursors")


@serves(Deliveries)
class MemoryDeliveries:
    """Implements application.delivery.ports.Deliveries."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._rows = unit.draft(DELIVERIES)
        self._cursors = unit.draft(CURSORS)
        self._outbox = unit.draft(OUTBOX)
        self._now = unit.now

    async def advance(self, channel: str, since: Place, until: Place, wanted: Sequence[Wanted], now: datetime) -> bool:
        if (self._cursors.peek(channel) or BEGINNING) != since:
            return False
        self._cursors.put(channel, until)
        await self.plan(channel, wanted, now)
        return True

    async def plan(self, channel: str, wanted: Sequence[Wanted], now: datetime) -> int:
        there = {(row.target_id, row.event.id) for row in self._rows.rows() if row.channel == channel}
        waiting: dict[tuple[str, UUID, UUID], list[Row]] = defaultdict(list)
        for row in self._of(channel):
            waiting[row.key].append(row)
        planned = 0
        for each in wanted:
            if (each.target_id, each.event.id) in there:
                continue
            there.add((each.target_id, each.event.id))
            planned += 1
            earlier = waiting[channel, each.target_id, each.event.ordered_by]
            held_up = [row.next_attempt_at for row in earlier if row.event.place < each.event.place]
            self._put(
                Row(
                    each.delivery_id(channel),
                    channel,
                    each.target_id,
                    each.event,
                    DeliveryState.WAITING,
                    0,
                    max([now, *(due for due in held_up if due is not None)]),
                    None,
                    0,
                    None,
                    now,
                    None,
                )
            )
        return planned

    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        first: dict[tuple[str, UUID, UUID], Row] = {}
        for row in self._of(channel):
            if row.key not in first or row.event.place < first[row.key].event.place:
                first[row.key] = row
        due = [
            row
            for row in first.values()
            if row.target_id not in but
            and row.next_attempt_at is not None
            and row.next_attempt_at <= now
            and (row.leased_until is None or row.leased_until <= now)
        ]
        due.sort(key=lambda row: (row.next_attempt_at, row.event.place, row.id))
        claims = []
        for row in due[:limit]:
            held = replace(row, attempts=row.attempts + 1, fence=row.fence + 1, leased_until=now + lease)
            self._put(held)
            claims.append(Claim(row.id, channel, row.target_id, row.event, held.attempts, held.fence, row.created_at))
        return claims

    async def settle(self, claim: Claim, settled: Settled, now: datetime) -> bool:
        row = self._held(claim)
        if row is None:
            return False
        self._put(
            replace(
                row,
                state=settled.state,
                attempts=settled.attempts,
                next_attempt_at=settled.next_attempt_at,
                leased_until=None,
                last_error=settled.error,
                finished_at=None if settled.state is DeliveryState.WAITING else now,
            )
        )
        if (wait := settled.next_attempt_at) is not None:
            for other in self._of(row.channel):
                behind = other.key == row.key and other.event.place > row.event.place
                if behind and other.next_attempt_at is not None and other.next_attempt_at < wait:
                    self._put(replace(other, next_attempt_at=wait))
        return True

    async def give_back(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            if (row := self._held(claim)) is not None:
                self._put(replace(row, attempts=row.attempts - 1, leased_until=None))

    async def replay(self, delivery_id: UUID, now: datetime) -> None:
        row = self._rows.peek(delivery_id)
        if row is None:
            raise DeliveryNotFound
        if row.waits:
            raise DeliveryWaiting
        self._put(row.again(now))

    async def replay_dead(self, channel: str | None, target_id: UUID | None, now: datetime, limit: int) -> list[UUID]:
        dead = [
            row
            for row in self._rows.rows()
            if row.state is DeliveryState.DEAD and channel in (None, row.channel) and target_id in (None, row.target_id)
        ]
        dead.sort(key=lambda row: row.event.place)
        for row in dead[:limit]:
            self._put(row.again(now))
        return [row.id for row in dead[:limit]]

    async def drop(self, channel: str, target_id: UUID, reason: str, now: datetime) -> int:
        dropped = [row for row in self._of(channel) if row.target_id == target_id]
        for row in dropped:
            self._put(
                replace(
                    row,
                    state=DeliveryState.DROPPED,
                    next_attempt_at=None,
                    leased_until=None,
                    fence=row.fence + 1,
                    last_error=reason,
                    finished_at=now,
                )
            )
        return len(dropped)

    async def forget(self, finished_before: datetime, limit: int) -> int:
        old = [row for row in self._rows.rows() if row.finished_at is not None and row.finished_at < finished_before]
        for row in old[:limit]:
            self._rows.remove(row.id)
        return len(old[:limit])

    async def forget_events(self, before: datetime, channels: Sequence[str], limit: int) -> int:
        before = min(before, self._now() - EVENTS_STAY)
        read = [self._cursors.peek(channel) or BEGINNING for channel in channels]
        kept = {row.event.id for row in self._rows.rows()}
        old = [
            entry
            for entry in self._outbox.rows()
            if entry.occurred_at < before
            and entry.id not in kept
            and all(Place(0, entry.position) <= each for each in read)
        ]
        for entry in old[:limit]:
            self._outbox.remove(entry.id)
        return len(old[:limit])

    def _of(self, channel: str) -> Iterator[Row]:
        """What waits in the channel."""
        return (row for row in list(self._rows.rows()) if row.waits and row.channel == channel)

    def _held(self, claim: Claim) -> Row | None:
        """The delivery unless it was claimed again since."""
        row = self._rows.peek(claim.id)
        return row if row is not None and row.waits and row.fence == claim.fence else None

    def _put(self, row: Row) -> None:
        self._rows.put(row.id, row)
