"""Deliveries, how far channels have read the events, and runs of scheduled jobs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    literal_column,
)

from adapters.sql.kit.schema import identity, may, metadata
from adapters.sql.kit.types import Moment, TransactionId, choice, now_utc
from domain.delivery.deliveries import DeliveryState


def _leased() -> list[Column[Any]]:
    """What a worker needs to hold a row for a while."""
    return [
        Column("attempts", Integer(), nullable=False, server_default="0"),
        # NULL: finished.
        Column("next_attempt_at", Moment()),
        Column("leased_until", Moment()),
        Column("fence", BigInteger(), nullable=False, server_default="0"),
        Column("last_error", String(100)),
        Column("created_at", Moment(), nullable=False, server_default=now_utc()),
        Column("finished_at", Moment()),
    ]


deliveries = Table(
    "deliveries",
    metadata,
    identity(),
    Column("channel", String(40), nullable=False),
    Column("target_id", Uuid(), nullable=False),
    # An event is not deleted while a delivery of it is kept.
    Column("event_id", Uuid(), ForeignKey("outbox_events.id"), nullable=False, index=True),
    # The event's place, and the learner or subject whose events are delivered in order.
    Column("transaction_id", TransactionId(), nullable=False),
    Column("position", BigInteger(), nullable=False),
    Column("ordered_by", Uuid(), nullable=False),
    Column("state", choice(DeliveryState, "state"), nullable=False),
    *_leased(),
    UniqueConstraint("channel", "target_id", "event_id"),
    info=may("UPDATE", "DELETE"),
)
DELIVERIES = deliveries.c


def _index(name: str, *columns: ColumnElement[Any] | Column[Any], where: ColumnElement[bool]) -> Index:
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


def in_state(column: Column[Any], state: DeliveryState) -> ColumnElement[bool]:
    """With a literal: an index with a condition is used only by statements that show that they meet it."""
    return column == literal_column(f"'{state.value}'", column.type)


WAITS = in_state(DELIVERIES.state, DeliveryState.WAITING)
IS_DEAD = in_state(DELIVERIES.state, DeliveryState.DEAD)
_index("ix_deliveries_due", DELIVERIES.channel, DELIVERIES.next_attempt_at, DELIVERIES.id, where=WAITS)
_index(
    "ix_deliveries_order",
    *(DELIVERIES.channel, DELIVERIES.target_id, DELIVERIES.ordered_by, DELIVERIES.transaction_id, DELIVERIES.position),
    where=WAITS,
)
_index(
    "ix_deliveries_dead",
    *(DELIVERIES.channel, DELIVERIES.target_id, DELIVERIES.transaction_id, DELIVERIES.position),
    where=IS_DEAD,
)
_index("ix_deliveries_finished", DELIVERIES.finished_at, where=DELIVERIES.finished_at.is_not(None))
Index("ix_deliveries_newest", DELIVERIES.created_at.desc(), DELIVERIES.id.desc())
Index("ix_deliveries_target", DELIVERIES.target_id, DELIVERIES.created_at.desc(), DELIVERIES.id.desc())

cursors = Table(
    "delivery_cursors",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("transaction_id", TransactionId(), nullable=False),
    Column("position", BigInteger(), nullable=False),
    Column("moved_at", Moment(), nullable=False),
    info=may("UPDATE"),
)
CURSORS = cursors.c

job_runs = Table(
    "job_runs",
    metadata,
    identity(),
    Column("job", String(60), nullable=False),
    Column("due_at", Moment(), nullable=False),
    *_leased(),
    UniqueConstraint("job", "due_at"),
    info=may("UPDATE", "DELETE"),
)
RUNS = job_runs.c
_index("ix_job_runs_open", RUNS.job, RUNS.due_at, where=RUNS.finished_at.is_(None))
_index("ix_job_runs_finished", RUNS.finished_at, where=RUNS.finished_at.is_not(None))
