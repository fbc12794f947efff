"""Training records, classroom sessions and certificates."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.append_only_v1 import make_append_only
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "training_records",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=True),
        sa.Column("job_title", sa.String(length=120), nullable=True),
        sa.Column("department", sa.String(length=120), nullable=True),
        sa.Column("location", sa.String(length=120), nullable=True),
        sa.Column("module_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.CHAR(length=64), nullable=True),
        sa.Column("citation", sa.String(length=200), nullable=True),
        sa.Column(
            "delivery",
            sa.Enum(
                "online",
                "classroom",
                "external",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("completed_at", types.Moment(), nullable=False),
        sa.Column("credit_hours", sa.Double(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("pass_mark", sa.Integer(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_number", sa.Integer(), nullable=True),
        sa.Column("attestations", _json(), nullable=False),
        sa.Column("trainers", _json(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("retention_until", sa.Date(), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_training_records"),
        sa.UniqueConstraint("cycle_id", name="uq_training_records_cycle_id"),
        sa.UniqueConstraint("session_id", "user_id", name="uq_training_records_session_id_user_id"),
    )
    op.create_index(
        "ix_training_records_user_newest",
        "training_records",
        ["user_id", sa.literal_column("completed_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index("ix_training_records_user_module", "training_records", ["user_id", "module_id"])
    make_append_only("training_records", "id", "cycle_id", "session_id, user_id")

    op.create_table(
        "training_sessions",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("starts_at", types.Moment(), nullable=False),
        sa.Column("ends_at", types.Moment(), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("trainers", _json(), nullable=False),
        sa.Column("attendees", _json(), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_training_sessions"),
    )
    op.create_index(
        "ix_training_sessions_newest",
        "training_sessions",
        [sa.literal_column("recorded_at DESC"), sa.literal_column("id DESC")],
    )
    make_append_only("training_sessions", "id")

    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_certificates"),
        sa.UniqueConstraint("record_id", name="uq_certificates_record_id"),
    )
    op.create_index(
        "ix_certificates_user_newest",
        "certificates",
        ["user_id", sa.literal_column("issued_at DESC"), sa.literal_column("record_id DESC")],
    )


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("training_records", "training_sessions", "certificates")
    for table in ("certificates", "training_sessions", "training_records"):
        op.drop_table(table)


def _json() -> Any:
    return postgresql.JSONB().with_variant(sa.JSON(), "sqlite")
