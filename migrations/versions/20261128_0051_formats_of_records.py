"""Whether a teacher was present at training from elsewhere, of which categories its hours are, and due days that
extensions have moved.

Of older records neither is known, and they stay as they are. What a record must say for a requirement is checked from
now on: so what everybody owes is computed again by the service when it runs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

FROZEN = (
    *("asks_initial", "blocks", "clause", "cycle", "department", "department_folded", "due_by", "due_key", "due_on"),
    *("exceptions", "from_day", "fulfillment", "id", "is_open", "label", "location_id", "met_by", "met_on", "modules"),
    *("next_opens_on", "opened_on", "position_id", "recorded_at", "relief", "requirement_id", "timing", "until"),
    *("user_id", "valid_until", "version"),
)
KEYS = [Key(("id",))]
BEFORE, NOW = (
    Kept(frozen=tuple(sorted(names)), when="OLD.superseded_at IS NULL")
    for names in (FROZEN, (*FROZEN, "unextended_on"))
)


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
    unprotect("obligation_states", BEFORE, KEYS)
    op.add_column("obligation_states", sa.Column("unextended_on", sa.Date(), nullable=True))
    protect("obligation_states", NOW, KEYS)
    now, nobody = ("clock_timestamp()", "CAST('{}' AS uuid[])") if _on_postgresql() else ("datetime('now')", "'[]'")
    op.execute(
        f"INSERT INTO recomputations (due_at, user_ids) SELECT {now}, {nobody} "  # noqa: S608  # our own words
        "WHERE EXISTS (SELECT 1 FROM requirement_versions)"
    )


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("training_records.format")
    refuse_to_lose("training_records.categories", but="{}" if _on_postgresql() else "[]")
    # What is computed again is not lost.
    unprotect("obligation_states", NOW, KEYS)
    op.drop_column("obligation_states", "unextended_on")
    protect("obligation_states", BEFORE, KEYS)
    op.drop_column("training_records", "categories")
    op.drop_column("training_records", "format")


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
