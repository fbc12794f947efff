"""Marks of obligations that must be computed again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "recomputations",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("due_at", types.Moment(), nullable=False),
        sa.Column("user_ids", types.UuidArray(), nullable=False),
        sa.Column("requirement_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recomputations"),
    )
    op.create_index("ix_recomputations_due_at", "recomputations", ["due_at", "id"])


def downgrade() -> None:
    lock_timeout()
    op.drop_table("recomputations")
