"""When somebody was deactivated, and the day of a classroom session at the place where it was held.

Nobody knows it of those who were deactivated before any better than by the last change of their profile.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("deactivated_at", types.Moment(), nullable=True))
    op.execute("UPDATE users SET deactivated_at = updated_at WHERE NOT is_active")
    # Of sessions that are there already it stays unknown: nobody changes evidence.
    op.add_column("training_sessions", sa.Column("held_on", sa.Date(), nullable=True))


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("training_sessions.held_on")
    op.drop_column("training_sessions", "held_on")
    op.drop_column("users", "deactivated_at")
