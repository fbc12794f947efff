"""The outbox: events waiting for delivery, written in the transaction that they describe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
    select,
)

from adapters.documents import Document
from adapters.registry import serves
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.types import IpAddress, Moment, Stored, TransactionId, current_transaction, new_uuid
from adapters.sql.kit.units import SqlUnit
from application.kernel.units import Events, Outbox, OutboxEntry
from domain.kernel.aggregate import EVENTS_STAY, DomainEvent

EVENT_PAYLOAD: Document[dict[str, Any]] = Document(dict[str, Any])
outbox = Table(
    "outbox_events",
    metadata,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True),
    Column("id", Uuid(), nullable=False, server_default=new_uuid()),
    Column("name", String(80), nullable=False),
    Column("subject_id", Uuid(), nullable=False),
    Column("payload", Stored(EVENT_PAYLOAD), nullable=False),
    Column("occurred_at", Moment(), nullable=False),
    Column("actor_id", Uuid()),
    Column("actor_kind", String(20)),
    Column("request_id", String(64)),
    Column("client_ip", IpAddress()),
    # Positions are assigned before transactions commit, in any order. So a consumer that needs the events in order
    # reads them by (transaction_id, position), below the oldest transaction that is still running, which is
    # `pg_snapshot_xmin(pg_current_snapshot())`. By position alone, it would miss events that are committed late.
    Column("transaction_id", TransactionId(), nullable=False, server_default=current_transaction()),
    Column("schema_version", Integer(), nullable=False, server_default="1"),
    # The one user that the event is about, by whom events are delivered in order.
    Column("learner_id", Uuid()),
    UniqueConstraint("id"),
    Index("ix_outbox_events_transaction", "transaction_id", "position"),
    Index("ix_outbox_events_subject", "subject_id", "position"),
    info=append_only(stays=("occurred_at", EVENTS_STAY), forgotten=True),
)
_about_one = outbox.c.learner_id.is_not(None)
Index(
    "ix_outbox_events_learner",
    outbox.c.learner_id,
    outbox.c.position,
    postgresql_where=_about_one,
    sqlite_where=_about_one,
)

# Separate statements within one: each end of the table is found in the index of its key.
_OLDEST = select(outbox.c.occurred_at).order_by(outbox.c.position).limit(1)
ENDS = select(
    select(func.min(outbox.c.position)).scalar_subquery().label("first"),
    select(func.max(outbox.c.position)).scalar_subquery().label("last"),
    _OLDEST.scalar_subquery().label("oldest_at"),
)


async def outbox_extent(reads: Reads) -> tuple[int, datetime | None]:
    """How many rows there are at most, by their positions, and when the oldest event happened. Counts nothing.

    Raises StoreUnavailable.
    """
    ((first, last, oldest_at),) = await reads.rows(ENDS)
    return (0, None) if last is None else (last - first + 1, oldest_at)


@serves(Events)
class SqlEvents:
    """Events of set-based commands, which leave with the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    def record(self, event: DomainEvent) -> None:
        self._unit.events.append(event)


@serves(Outbox)
class SqlOutbox:
    """Outbox rows, written together with the changes that they describe."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def append(self, entries: Sequence[OutboxEntry]) -> None:
        await self._unit.insert_last(
            outbox,
            [
                {
                    "id": entry.id,
                    "name": type(entry.event).__name__,
                    "subject_id": entry.event.subject_id,
                    "payload": msgspec.to_builtins(entry.event),
                    "occurred_at": entry.occurred_at,
                    "actor_id": entry.actor.id,
                    "actor_kind": entry.actor.kind,
                    "request_id": entry.actor.request_id,
                    "client_ip": entry.actor.client_ip,
                    "schema_version": entry.event.schema_version,
                    "learner_id": entry.event.learner_id,
                }
                for entry in entries
            ],
        )
