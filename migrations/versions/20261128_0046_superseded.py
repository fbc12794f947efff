"""An index on when states of obligations were superseded: reports read what was superseded since a moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.running import lock_timeout

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    former = sa.text("superseded_at IS NOT NULL")
    op.create_index(
        "ix_obligation_states_superseded_at",
        "obligation_states",
        ["superseded_at"],
        postgresql_where=former,
        sqlite_where=former,
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_obligation_states_superseded_at", "obligation_states")
