"""Finding whose sign-in waits for an administrator."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from migrations.helpers.running import lock_timeout

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WAITS = text("requested_sign_in IS NOT NULL")


def upgrade() -> None:
    lock_timeout()
    op.create_index(
        "ix_users_requested_sign_in", "users", ["requested_sign_in"], postgresql_where=WAITS, sqlite_where=WAITS
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_users_requested_sign_in", "users")
