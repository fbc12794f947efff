"""Credentials of people, and what was decided about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STATES = (
    *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME"),
    *("MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA"),
    *("RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC", "AS", "GU", "MH", "FM", "MP", "PW"),
    *("PR", "VI"),
)
STATUSES = ("submitted", "verified", "rejected", "withdrawn", "voided")
CURRENT = "status IN ('submitted', 'verified')"
NEVER_CHANGES = (
    *("id", "user_id", "type", "jurisdiction", "number", "issuer", "issued_on", "expires_on", "retention_until"),
    *("natural_key", "submitted_by", "submitted_at"),
)
DECIDED = (
    "(OLD.status = 'submitted' AND NEW.status IN ('verified', 'rejected', 'withdrawn')) "
    "OR (OLD.status = 'verified' AND NEW.status = 'voided' AND NEW.decided_at = OLD.decided_at "
    "AND NEW.decided_by IS NOT DISTINCT FROM OLD.decided_by)"
)


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column(
            "jurisdiction",
            sa.Enum(*STATES, name="jurisdiction", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("number", sa.String(length=100), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("retention_until", sa.Date(), nullable=False),
        sa.Column("natural_key", sa.CHAR(length=64), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", types.Moment(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(*STATUSES, name="status", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("voided_at", types.Moment(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
    )
    op.create_index(
        "ix_credentials_user_newest",
        "credentials",
        ["user_id", sa.literal_column("submitted_at DESC"), sa.literal_column("id DESC")],
    )
    _index("ix_credentials_waiting", ["submitted_at", "id"], "status = 'submitted'")
    _index("ux_credentials_natural_key", ["natural_key"], CURRENT, unique=True)
    protect("credentials", Kept(NEVER_CHANGES, DECIDED), [Key(("id",)), Key(("natural_key",), CURRENT)])


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("credentials")
    op.drop_table("credentials")


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, "credentials", columns, unique=unique, postgresql_where=condition, sqlite_where=condition)
