"""Records that were declared void, and the same training recorded once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BEFORE = [Key(("cycle_id",)), Key(("id",)), Key(("session_id", "user_id"))]
NOW = [*BEFORE, Key(("natural_key",))]


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "record_voids",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("voided_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_record_voids"),
    )
    protect("record_voids", Kept(), [Key(("record_id",))])
    # Of records that are there already it stays unknown: nobody changes evidence.
    op.add_column("training_records", sa.Column("natural_key", sa.CHAR(length=64), nullable=True))
    op.create_index("ux_training_records_natural_key", "training_records", ["natural_key"], unique=True)
    unprotect("training_records", Kept(), BEFORE)
    protect("training_records", Kept(), NOW)


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("record_voids")
    unprotect("training_records", Kept(), NOW)
    op.drop_index("ux_training_records_natural_key", "training_records")
    op.drop_column("training_records", "natural_key")
    protect("training_records", Kept(), BEFORE)
    op.drop_table("record_voids")
