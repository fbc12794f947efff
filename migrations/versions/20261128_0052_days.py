"""Indexes on the days on which states of obligations hold, and on their locations.

Reports of a day read only the rows of that day, and lists of a location only its own. SQLite has no ranges of days.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.running import lock_timeout

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    current = sa.text("superseded_at IS NULL")
    if _on_postgresql():
        op.create_index(
            "ix_obligation_states_days",
            "obligation_states",
            [sa.text("daterange(from_day, until, '[]')")],
            postgresql_using="gist",
            postgresql_where=current,
        )
    op.create_index(
        "ix_obligation_states_location",
        "obligation_states",
        ["location_id", "until"],
        postgresql_where=current,
        sqlite_where=current,
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_obligation_states_location", "obligation_states")
    if _on_postgresql():
        op.drop_index("ix_obligation_states_days", "obligation_states")


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
