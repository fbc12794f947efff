"""When merges were recorded by the clock of the database, so that a history shows them only as known then.

Those of before count from the moment at which they were decided.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.running import lock_timeout

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KEYS = [Key(("id",))]


def upgrade() -> None:
    lock_timeout()
    unprotect("user_merges", Kept(), KEYS)
    with op.batch_alter_table("user_merges", recreate="auto") as merges:
        merges.add_column(
            sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        )
    op.execute("UPDATE user_merges SET recorded_at = decided_at")
    op.create_index("ix_user_merges_recorded_at", "user_merges", ["recorded_at"])
    op.create_index("ix_user_merges_into_id", "user_merges", ["into_id"])
    protect("user_merges", Kept(), KEYS)


def downgrade() -> None:
    lock_timeout()
    unprotect("user_merges", Kept(), KEYS)
    op.drop_index("ix_user_merges_into_id", "user_merges")
    op.drop_index("ix_user_merges_recorded_at", "user_merges")
    op.drop_column("user_merges", "recorded_at")
    protect("user_merges", Kept(), KEYS)
