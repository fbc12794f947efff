"""The record that completed an enrollment, where it was not earned by going through the sections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column("module_enrollments", sa.Column("record_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("module_enrollments.record_id")
    op.drop_column("module_enrollments", "record_id")
