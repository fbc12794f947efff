"""When time alone may next change something in an enrollment, so that what is due is found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

enrollments = sa.table(
    "module_enrollments",
    sa.column("settles_at", types.Moment()),
    sa.column("updated_at", types.Moment()),
    sa.column("started_at", types.Moment()),
    sa.column("completed_at", types.Moment()),
)


def upgrade() -> None:
    lock_timeout()
    op.add_column("module_enrollments", sa.Column("settles_at", types.Moment(), nullable=True))
    # Whoever is under way is looked at once, by the service, which then knows what to expect.
    op.execute(
        enrollments.update()
        .where(enrollments.c.started_at.is_not(None), enrollments.c.completed_at.is_(None))
        .values(settles_at=enrollments.c.updated_at)
    )
    op.create_index(
        "ix_module_enrollments_due",
        "module_enrollments",
        ["settles_at", "module_id", "user_id"],
        postgresql_where=sa.text("settles_at IS NOT NULL"),
        sqlite_where=sa.text("settles_at IS NOT NULL"),
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_index("ix_module_enrollments_due", "module_enrollments")
    op.drop_column("module_enrollments", "settles_at")
