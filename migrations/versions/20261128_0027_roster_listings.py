"""Whom a roster has listed, so that one who is not listed any more is noticed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    # Empty: who has been listed until now is not known for certain, and the next import says it.
    op.create_table(
        "roster_listings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("first_listed_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_roster_listings_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_roster_listings"),
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_table("roster_listings")
