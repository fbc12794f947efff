"""Obligations as they stand, from a day to a day. `unified-dental reconcile` computes them from what is recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

LABELS = (
    *("not_applicable", "expiring", "met", "exempt", "waived", "paused", "overdue", "lapsed", "due_soon", "upcoming"),
    "no_due_day",
)
FULFILLMENT = ("met", "unmet", "lapsed", "not_applicable")
TIMING = ("none", "upcoming", "due_soon", "overdue", "expiring")
RELIEF = ("none", "delayed", "extended", "paused", "waived", "exempt")
DUE_BY = ("rule", "discovery", "transition", "leave", "waiver", "extension")
FROZEN = (
    *(
        "asks_initial",
        "blocks",
        "clause",
        "cycle",
        "department",
        "department_folded",
        "due_by",
        "due_key",
        "due_on",
        "exceptions",
        "from_day",
    ),
    *("fulfillment", "id", "is_open", "label", "location_id", "met_by", "met_on", "modules", "next_opens_on"),
    *("opened_on", "position_id", "recorded_at", "relief", "requirement_id", "timing", "until", "user_id"),
    *("valid_until", "version"),
)


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "obligation_states",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        _choice("label", LABELS),
        _choice("fulfillment", FULFILLMENT),
        _choice("timing", TIMING),
        _choice("relief", RELIEF),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_key", sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"), nullable=False),
        _choice("due_by", DUE_BY),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("asks_initial", sa.Boolean(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("met_by", types.UuidArray(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("next_opens_on", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=True),
        sa.Column("department", sa.String(length=120), nullable=True),
        sa.Column("department_folded", sa.Text(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("blocks", types.TextArray(), nullable=False),
        sa.Column("modules", types.UuidArray(), nullable=False),
        sa.Column("exceptions", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.Column("superseded_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_obligation_states"),
    )
    op.create_index("ix_obligation_states_user_id", "obligation_states", ["user_id", "requirement_id", "from_day"])
    op.create_index(
        "ix_obligation_states_current",
        "obligation_states",
        ["requirement_id", "from_day"],
        postgresql_where=sa.text("superseded_at IS NULL"),
        sqlite_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        "ix_obligation_states_due",
        "obligation_states",
        ["due_key", "user_id"],
        postgresql_where=sa.text("superseded_at IS NULL"),
        sqlite_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index("ix_obligation_states_recorded_at", "obligation_states", ["recorded_at"])
    protect("obligation_states", Kept(frozen=FROZEN, when="OLD.superseded_at IS NULL"), [Key(("id",))])


def downgrade() -> None:
    lock_timeout()
    # The present can be computed again, but not what was known when.
    refuse_to_lose("obligation_states")
    op.drop_table("obligation_states")


def _choice(name: str, values: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)
    return sa.Column(name, kind, nullable=False)
