"""Deliveries of events, runs of scheduled jobs, and whom each event is about. Events of before are about nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

STATES = ("waiting", "delivered", "dead", "dropped")


def upgrade() -> None:
    lock_timeout()
    op.add_column("outbox_events", sa.Column("schema_version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("outbox_events", sa.Column("learner_id", sa.Uuid(), nullable=True))
    _index("outbox_events_learner", "outbox_events", ["learner_id", "position"], "learner_id IS NOT NULL")
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", types.TransactionId(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        *_leased(),
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="ck_deliveries_state"),
        sa.ForeignKeyConstraint(["event_id"], ["outbox_events.id"], name="fk_deliveries_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(*("channel", "target_id", "event_id"), name="uq_deliveries_channel_target_id_event_id"),
    )
    newest = [sa.text("created_at DESC"), sa.text("id DESC")]
    place = ["transaction_id", "position"]
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id"])
    op.create_index("ix_deliveries_newest", "deliveries", newest)
    op.create_index("ix_deliveries_target", "deliveries", [sa.text("target_id"), *newest])
    _index("deliveries_due", "deliveries", ["channel", "next_attempt_at", "id"], "state = 'waiting'")
    _index("deliveries_order", "deliveries", ["channel", "target_id", "ordered_by", *place], "state = 'waiting'")
    _index("deliveries_dead", "deliveries", ["channel", "target_id", *place], "state = 'dead'")
    _index("deliveries_finished", "deliveries", ["finished_at"], "finished_at IS NOT NULL")
    op.create_table(
        "delivery_cursors",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", types.TransactionId(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_delivery_cursors"),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        *_leased(),
        sa.PrimaryKeyConstraint("id", name="pk_job_runs"),
        sa.UniqueConstraint("job", "due_at", name="uq_job_runs_job_due_at"),
    )
    _index("job_runs_open", "job_runs", ["job", "due_at"], "finished_at IS NULL")
    _index("job_runs_finished", "job_runs", ["finished_at"], "finished_at IS NOT NULL")


def downgrade() -> None:
    lock_timeout()
    for table in ("job_runs", "delivery_cursors", "deliveries"):
        op.drop_table(table)
    op.drop_index("ix_outbox_events_learner", "outbox_events")
    op.drop_column("outbox_events", "learner_id")
    op.drop_column("outbox_events", "schema_version")


def _leased() -> list[sa.Column[Any]]:
    return [
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", types.Moment(), nullable=True),
        sa.Column("leased_until", types.Moment(), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=100), nullable=True),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("finished_at", types.Moment(), nullable=True),
    ]


def _index(name: str, table: str, columns: Sequence[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(f"ix_{name}", table, list(columns), postgresql_where=condition, sqlite_where=condition)
