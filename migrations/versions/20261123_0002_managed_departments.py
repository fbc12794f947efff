"""The departments that a manager manages, as of when an address is known, and when a person was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column(
        "users",
        sa.Column("managed_departments", types.TextArray(), nullable=False, server_default=types.empty_array()),
    )
    op.add_column("users", sa.Column("email_as_of", types.Moment(), nullable=True))
    op.add_column("users", sa.Column("erased_at", types.Moment(), nullable=True))


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("users.erased_at")
    op.drop_column("users", "erased_at")
    op.drop_column("users", "email_as_of")
    op.drop_column("users", "managed_departments")
