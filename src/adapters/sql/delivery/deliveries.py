"""Deliveries in the unit of work: planned, claimed under a lease, and settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Insert,
    Integer,
    String,
    Table,
    Update,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from adapters.registry import serves
from adapters.sql.delivery.event_log import EVENT_COLUMNS, EVENTS, PLACE, event_of
from adapters.sql.delivery.tables import CURSORS, DELIVERIES, IS_DEAD, WAITS, cursors, deliveries, in_state
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.types import Moment, ago
from adapters.sql.kit.units import SqlUnit
from application.delivery.ports import Deliveries, DeliveryNotFound, DeliveryWaiting
from domain.delivery.deliveries import Claim, DeliveryState, Settled, Wanted
from domain.delivery.events import BEGINNING, Place
from domain.kernel.aggregate import EVENTS_STAY

_CHANNEL = DELIVERIES.channel == bindparam("of_channel", type_=String())
_TARGET = DELIVERIES.target_id == bindparam("of_target", type_=Uuid())
_NOW = bindparam("now", type_=Moment())
_LIMIT = bindparam("limit", type_=Integer())
_EARLIER = deliveries.alias("earlier")
_ORDER = (DELIVERIES.transaction_id, DELIVERIES.position)


def same_order(one: Any, other: Any) -> ColumnElement[bool]:
    """Whether two deliveries are of the same target and learner, and so are delivered in the order of their events."""
    return and_(one.channel == other.channel, one.target_id == other.target_id, one.ordered_by == other.ordered_by)


HAS_EARLIER = exists().where(
    same_order(_EARLIER.c, DELIVERIES),
    in_state(_EARLIER.c.state, DeliveryState.WAITING),
    tuple_(_EARLIER.c.transaction_id, _EARLIER.c.position) < tuple_(*_ORDER),
)
_HOLD_UP = and_(
    same_order(_EARLIER.c, DELIVERIES),
    in_state(_EARLIER.c.state, DeliveryState.WAITING),
    tuple_(_EARLIER.c.transaction_id, _EARLIER.c.position) < tuple_(*_ORDER),
    _EARLIER.c.next_attempt_at > DELIVERIES.next_attempt_at,
)
# What waits behind another is not due before it either, and so is not looked at until then.
HELD_UP = (
    update(deliveries)
    .where(any_of(DELIVERIES.id, "planned"), WAITS, exists().where(_HOLD_UP))
    .values(next_attempt_at=select(func.max(_EARLIER.c.next_attempt_at)).where(_HOLD_UP).scalar_subquery())
)
DUE = (
    select(
        *(DELIVERIES.id, DELIVERIES.channel, DELIVERIES.target_id, DELIVERIES.attempts, DELIVERIES.fence),
        *(DELIVERIES.created_at, *EVENT_COLUMNS),
    )
    .join(outbox, EVENTS.id == DELIVERIES.event_id)
    .where(
        *(_CHANNEL, WAITS, DELIVERIES.next_attempt_at <= _NOW),
        or_(DELIVERIES.leased_until.is_(None), DELIVERIES.leased_until <= _NOW),
        ~HAS_EARLIER,
    )
    .order_by(DELIVERIES.next_attempt_at, *_ORDER, DELIVERIES.id)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True, of=deliveries)
)
DUE_BUT = DUE.where(~any_of(DELIVERIES.target_id, "but"))
CLAIMED = (
    update(deliveries)
    .where(any_of(DELIVERIES.id, "claimed"))
    .values(
        attempts=DELIVERIES.attempts + 1,
        fence=DELIVERIES.fence + 1,
        leased_until=bindparam("until", type_=Moment()),
    )
)
DEAD = select(DELIVERIES.id).where(IS_DEAD).order_by(*_ORDER).limit(_LIMIT).with_for_update(skip_locked=True)
FINISHED = (
    select(DELIVERIES.id)
    .where(DELIVERIES.finished_at < bindparam("before", type_=Moment()))
    .order_by(DELIVERIES.finished_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
AGAIN: dict[str, Any] = {
    "state": DeliveryState.WAITING,
    "attempts": 0,
    "next_attempt_at": _NOW,
    "leased_until": None,
    "fence": DELIVERIES.fence + 1,
    "finished_at": None,
}
OLD_EVENTS = (
    select(EVENTS.id)
    .where(
        EVENTS.occurred_at < bindparam("before", type_=Moment()),
        EVENTS.occurred_at < ago(EVENTS_STAY.total_seconds()),
        ~exists().where(DELIVERIES.event_id == EVENTS.id),
    )
    .order_by(EVENTS.position)
    .limit(_LIMIT)
)


@serves(Deliveries)
class SqlDeliveries:
    """Implements application.delivery.ports.Deliveries."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def advance(self, channel: str, since: Place, until: Place, wanted: Sequence[Wanted], now: datetime) -> bool:
        session = await self._unit.session()
        there = {"transaction_id": until.transaction_id, "position": until.position, "moved_at": now}
        moved = update(cursors).where(
            CURSORS.channel == channel,
            CURSORS.transaction_id == since.transaction_id,
            CURSORS.position == since.position,
        )
        count = await changed(session, moved.values(**there))
        if count == 0 and since == BEGINNING:
            count = await changed(session, self._unless_there(cursors).values(channel=channel, **there))
        if count:
            await self.plan(channel, wanted, now)
        return bool(count)

    async def plan(self, channel: str, wanted: Sequence[Wanted], now: datetime) -> int:
        session = await self._unit.session()
        rows = [
            {
                "id": each.delivery_id(channel),
                "channel": channel,
                "target_id": each.target_id,
                "event_id": each.event.id,
                "transaction_id": each.event.place.transaction_id,
                "position": each.event.place.position,
                "ordered_by": each.event.ordered_by,
                "state": DeliveryState.WAITING,
                "next_attempt_at": now,
                "created_at": now,
            }
            for each in wanted
        ]
        planned = 0
        for start in range(0, len(rows), MOST_ROWS):
            planned += await changed(session, self._unless_there(deliveries).values(rows[start : start + MOST_ROWS]))
        if planned:
            await session.execute(HELD_UP, {"planned": [row["id"] for row in rows]})
        return planned

    async def claim(
        self, channel: str, now: datetime, lease: timedelta, limit: int, but: Collection[UUID] = ()
    ) -> list[Claim]:
        session = await self._unit.session()
        due = {"of_channel": channel, "now": now, "limit": limit}
        found = session.execute(DUE_BUT, {**due, "but": [*but]}) if but else session.execute(DUE, due)
        rows = (await found).all()
        if rows:
            await session.execute(CLAIMED, {"claimed": [row[0] for row in rows], "until": now + lease})
        return [
            Claim(id, of, target_id, event_of(event), attempts + 1, fence + 1, created_at)
            for id, of, target_id, attempts, fence, created_at, *event in rows
        ]

    async def settle(self, claim: Claim, settled: Settled, now: datetime) -> bool:
        session = await self._unit.session()
        kept = await changed(
            session,
            _held(claim).values(
                state=settled.state,
                attempts=settled.attempts,
                next_attempt_at=settled.next_attempt_at,
                leased_until=None,
                last_error=settled.error,
                finished_at=None if settled.state is DeliveryState.WAITING else now,
            ),
        )
        if kept and settled.next_attempt_at is not None:
            # As in HELD_UP.
            await session.execute(
                update(deliveries)
                .where(
                    DELIVERIES.channel == claim.channel,
                    DELIVERIES.target_id == claim.target_id,
                    DELIVERIES.ordered_by == claim.event.ordered_by,
                    WAITS,
                    DELIVERIES.next_attempt_at < settled.next_attempt_at,
                    tuple_(*_ORDER) > tuple_(*_place(claim.event.place)),
                )
                .values(next_attempt_at=settled.next_attempt_at)
            )
        return bool(kept)

    async def give_back(self, claims: Sequence[Claim]) -> None:
        session = await self._unit.session()
        for claim in claims:
            await session.execute(_held(claim).values(attempts=DELIVERIES.attempts - 1, leased_until=None))

    async def replay(self, delivery_id: UUID, now: datetime) -> None:
        session = await self._unit.session()
        again = update(deliveries).where(DELIVERIES.id == delivery_id, DELIVERIES.finished_at.is_not(None))
        if not await changed(session, again.values(**AGAIN), now=now):
            there = await session.scalar(select(DELIVERIES.id).where(DELIVERIES.id == delivery_id))
            raise DeliveryNotFound if there is None else DeliveryWaiting

    async def replay_dead(self, channel: str | None, target_id: UUID | None, now: datetime, limit: int) -> list[UUID]:
        session = await self._unit.session()
        some = DEAD.where(_CHANNEL if channel is not None else true(), _TARGET if target_id is not None else true())
        given = {"of_channel": channel, "of_target": target_id, "limit": limit}
        found = list(await session.scalars(some, {name: each for name, each in given.items() if each is not None}))
        if found:
            again = update(deliveries).where(any_of(DELIVERIES.id, "replayed")).values(**AGAIN)
            await session.execute(again, {"replayed": found, "now": now})
        return found

    async def drop(self, channel: str, target_id: UUID, reason: str, now: datetime) -> int:
        dropped = update(deliveries).where(_CHANNEL, _TARGET, WAITS)
        return await changed(
            await self._unit.session(),
            dropped.values(
                state=DeliveryState.DROPPED,
                next_attempt_at=None,
                leased_until=None,
                fence=DELIVERIES.fence + 1,
                last_error=reason,
                finished_at=now,
            ),
            of_channel=channel,
            of_target=target_id,
        )

    async def forget(self, finished_before: datetime, limit: int) -> int:
        session = await self._unit.session()
        found = list(await session.scalars(FINISHED, {"before": finished_before, "limit": limit}))
        if found:
            await session.execute(delete(deliveries).where(any_of(DELIVERIES.id, "forgotten")), {"forgotten": found})
        return len(found)

    async def forget_events(self, before: datetime, channels: Sequence[str], limit: int) -> int:
        session = await self._unit.session()
        read = {row.channel: row for row in (await session.execute(select(cursors))).all()}
        if any(name not in read for name in channels):
            return 0
        old = OLD_EVENTS
        if channels:
            first = min(Place(read[name].transaction_id, read[name].position) for name in channels)
            old = old.where(tuple_(*_place(first)) >= PLACE)
        found = list(await session.scalars(old, {"before": before, "limit": limit}))
        if found:
            await session.execute(delete(outbox).where(any_of(EVENTS.id, "forgotten")), {"forgotten": found})
        return len(found)

    def _unless_there(self, table: Table) -> Insert:
        """An insertion that leaves rows alone that are there."""
        if self._unit.dialect == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return sqlite.insert(table).on_conflict_do_nothing()


MOST_ROWS = 1_000
"""Rows in one statement: SQLite and PostgreSQL take at most 32,766 parameters."""


async def changed(session: AsyncSession, statement: Update | Insert, **parameters: Any) -> int:
    """Execute the statement; how many rows it has changed or added."""
    return cast(CursorResult[Any], await session.execute(statement, parameters)).rowcount


def _held(claim: Claim) -> Update:
    """An update of the delivery unless it was claimed again since."""
    return update(deliveries).where(DELIVERIES.id == claim.id, DELIVERIES.fence == claim.fence, WAITS)


def _place(place: Place) -> tuple[ColumnElement[Any], ...]:
    return (
        bindparam(None, place.transaction_id, type_=DELIVERIES.transaction_id.type),
        bindparam(None, place.position, type_=DELIVERIES.position.type),
    )
