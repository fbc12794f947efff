"""For whom published versions of modules reopen requirements. Nobody chose it before, so it is for nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    # In one statement, which both databases carry out without copying the table.
    op.execute(
        "ALTER TABLE module_versions ADD COLUMN reopens VARCHAR(20) DEFAULT 'nobody' NOT NULL "
        "CONSTRAINT ck_module_versions_reopens CHECK (reopens IN ('everyone', 'new_people', 'nobody'))"
    )
    op.add_column("module_versions", sa.Column("reopen_due_on", sa.Date(), nullable=True))


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("module_versions.reopens", but="nobody")
    refuse_to_lose("module_versions.reopen_due_on")
    op.drop_column("module_versions", "reopen_due_on")
    op.drop_column("module_versions", "reopens")
