"""When reports were counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "report_refreshes",
        sa.Column("report", sa.String(length=80), nullable=False),
        sa.Column("refreshed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("report", name="pk_report_refreshes"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("REFRESH MATERIALIZED VIEW module_participation")
        op.execute("INSERT INTO report_refreshes VALUES ('module_participation', now())")


def downgrade() -> None:
    lock_timeout()
    op.drop_table("report_refreshes")
