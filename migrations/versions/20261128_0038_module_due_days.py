"""By which days people must complete modules, for lists of enrollments. `unified-dental reconcile` computes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers.running import lock_timeout

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    ordered = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "module_due_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_key", ordered, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "module_id", "from_day", name="pk_module_due_days"),
    )
    op.create_index("ix_module_due_days_module", "module_due_days", ["module_id", "due_key", "user_id"])


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_module_due_days_module", "module_due_days")
    op.drop_table("module_due_days")
