"""Webhooks with their encrypted secrets, and the attempts to send to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

REASONS = ("administrator", "gone", "failing")
ERRORS = ("name-unknown", "address-not-public", "unreachable", "tls", "timeout", "malformed")


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("url", sa.String(length=2_000), nullable=False),
        sa.Column("description", sa.String(length=500), server_default="", nullable=False),
        sa.Column("event_types", types.TextArray(), server_default=types.empty_array(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("disabled_at", types.Moment(), nullable=True),
        sa.Column("disabled_because", sa.String(length=20), nullable=True),
        sa.Column("failing_since", types.Moment(), nullable=True),
        sa.Column("tested_at", types.Moment(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.CheckConstraint(_one_of("disabled_because", REASONS), name="ck_webhooks_disabled_because"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.UniqueConstraint("url", name="uq_webhooks_url"),
    )
    op.create_index("ix_webhooks_newest", "webhooks", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="fk_webhook_secrets_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_secrets"),
    )
    op.create_index("ix_webhook_secrets_webhook_id", "webhook_secrets", ["webhook_id"])
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=20), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.CheckConstraint(_one_of("error", ERRORS), name="ck_webhook_attempts_error"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name="fk_webhook_attempts_delivery_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
    )
    op.create_index("ix_webhook_attempts_delivery_id", "webhook_attempts", ["delivery_id", "at"])


def downgrade() -> None:
    lock_timeout()
    for table in ("webhook_attempts", "webhook_secrets", "webhooks"):
        op.drop_table(table)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(map(repr, values))})"
