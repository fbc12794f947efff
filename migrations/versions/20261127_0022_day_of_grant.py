"""The day on which a new cycle was granted, where the organization is.

Of grants that are there already it stays unknown, and then it is that of UTC: nobody changes evidence.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column("cycle_grants", sa.Column("granted_on", sa.Date(), nullable=True))


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("cycle_grants.granted_on")
    op.drop_column("cycle_grants", "granted_on")
