"""Relief from requirements: requests, alone or by decree, and decisions about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key
from migrations.helpers.append_only_v3 import Released, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

KINDS = ("delay", "extension", "waiver", "medical", "equivalent")
REASONS = (
    *("no_session", "illness", "family", "military_service", "disaster", "not_exposed", "other_training"),
    *("legal_order", "other"),
)
RELIEF = (
    *("decree_id", "from_day", "id", "kind", "number", "reason", "recorded_at", "requested_at", "requested_by"),
    *("requirement_id", "until", "user_id"),
)
DECISIONS = ("decided_at", "decided_by", "last_day", "number", "outcome", "recorded_at", "relief_id", "user_id")


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "relief_decrees",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        _choice("kind", KINDS),
        _choice("reason", REASONS),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", types.Moment(), nullable=False),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relief_decrees"),
    )
    op.create_table(
        "reliefs",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=False),
        _choice("kind", KINDS),
        _choice("reason", REASONS),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("decree_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", types.Moment(), nullable=False),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reliefs"),
        sa.UniqueConstraint(*("user_id", "requirement_id", "number"), name="uq_reliefs_user_id_requirement_id_number"),
    )
    op.create_index("ix_reliefs_newest", "reliefs", [sa.text("requested_at DESC"), sa.text("id DESC")])
    op.create_index("ix_reliefs_requirement_id", "reliefs", ["requirement_id"])
    op.create_index("ix_reliefs_decree_id", "reliefs", ["decree_id"])
    op.create_table(
        "relief_decisions",
        sa.Column("relief_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _choice("outcome", ("approved", "rejected", "ended")),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.PrimaryKeyConstraint("relief_id", "number", name="pk_relief_decisions"),
    )
    op.create_index("ix_relief_decisions_user_id", "relief_decisions", ["user_id"])
    for table in ("relief_decrees", "reliefs", "relief_decisions"):
        op.create_index(f"ix_{table}_recorded_at", table, ["recorded_at"])
    protect("relief_decrees", Kept(), [Key(("id",))])
    for table, columns, keys in (
        ("reliefs", RELIEF, [("id",), ("user_id", "requirement_id", "number")]),
        ("relief_decisions", DECISIONS, [("relief_id", "number")]),
    ):
        protect(
            table,
            Kept(frozen=columns, when="OLD.user_id <> OLD.user_id"),
            list(map(Key, keys)),
            Released("user_id", "note", (), columns),
        )


def downgrade() -> None:
    lock_timeout()
    # What was given to whom, and by whom, is recorded nowhere else.
    refuse_to_lose("reliefs", "relief_decisions", "relief_decrees")
    for table in ("relief_decisions", "reliefs", "relief_decrees"):
        op.drop_table(table)


def _choice(name: str, values: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)
    return sa.Column(name, kind, nullable=False)
