"""Whether a teacher was present at training from elsewhere, and of which categories its hours are.

Of older records neither is known, and they stay as they are. What a record must say for a requirement is checked from
now on: so what everybody owes is computed again by the service when it runs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    # In one statement, which both databases carry out without copying the table.
    op.execute(
        "ALTER TABLE training_records ADD COLUMN format VARCHAR(20) "
        "CONSTRAINT ck_training_records_format CHECK (format IN ('live', 'live_online', 'self_paced'))"
    )
    op.add_column(
        "training_records",
        sa.Column("categories", types.TextArray(), nullable=False, server_default=types.empty_array()),
    )
    now, nobody = ("clock_timestamp()", "CAST('{}' AS uuid[])") if _on_postgresql() else ("datetime('now')", "'[]'")
    op.execute(
        f"INSERT INTO recomputations (due_at, user_ids) SELECT {now}, {nobody} "  # noqa: S608  # our own words
        "WHERE EXISTS (SELECT 1 FROM requirement_versions)"
    )


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("training_records.format")
    refuse_to_lose("training_records.categories", but="{}" if _on_postgresql() else "[]")
    op.drop_column("training_records", "categories")
    op.drop_column("training_records", "format")


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
