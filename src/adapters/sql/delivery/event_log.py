"""Stored events in their order."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Integer, String, Uuid, bindparam, select, tuple_

from adapters.registry import serves
from adapters.sql.delivery.tables import CURSORS
from adapters.sql.kit.outbox import outbox
from adapters.sql.kit.reads import Reads, Row
from adapters.sql.kit.transactions import settled
from adapters.sql.kit.types import TransactionId
from application.delivery.ports import EventLog
from domain.delivery.events import BEGINNING, Place, StoredEvent

EVENTS = outbox.c
EVENT_COLUMNS = (
    *(EVENTS.transaction_id, EVENTS.position, EVENTS.id, EVENTS.name, EVENTS.schema_version, EVENTS.subject_id),
    *(EVENTS.learner_id, EVENTS.payload, EVENTS.occurred_at, EVENTS.actor_id, EVENTS.actor_kind),
)
PLACE = tuple_(EVENTS.transaction_id, EVENTS.position)
BEHIND = tuple_(bindparam("transaction_id", type_=TransactionId()), bindparam("position", type_=BigInteger())) < PLACE
NEXT = (
    select(*EVENT_COLUMNS)
    .where(BEHIND, settled(EVENTS.transaction_id))
    .order_by(EVENTS.transaction_id, EVENTS.position)
    .limit(bindparam("limit", type_=Integer()))
)
ONE = select(*EVENT_COLUMNS).where(EVENTS.id == bindparam("event_id", type_=Uuid()))
READ_UP_TO = select(CURSORS.transaction_id, CURSORS.position).where(
    CURSORS.channel == bindparam("channel", type_=String())
)


def event_of(row: Row) -> StoredEvent:
    """The event of a row with EVENT_COLUMNS."""
    return StoredEvent(Place(row[0], row[1]), *row[2:])


@serves(EventLog)
class SqlEventLog:
    """Implements application.delivery.ports.EventLog, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def after(self, place: Place, limit: int) -> list[StoredEvent]:
        rows = await self._reads.rows(NEXT, transaction_id=place.transaction_id, position=place.position, limit=limit)
        return [event_of(row) for row in rows]

    async def get(self, event_id: UUID) -> StoredEvent | None:
        rows = await self._reads.rows(ONE, event_id=event_id)
        return event_of(rows[0]) if rows else None

    async def read_up_to(self, channel: str) -> Place:
        rows = await self._reads.rows(READ_UP_TO, channel=channel)
        return Place(*rows[0]) if rows else BEGINNING
