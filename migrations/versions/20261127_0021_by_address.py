"""Which sign-ins only an address speaks for.

How a sign-in came to be linked was not kept. For learners an address is taken to be all there was, so that an
administrator confirms the sign-in before it opens more; whoever may do more already keeps it as it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

users = sa.table(
    "users",
    sa.column("supabase_id", sa.String()),
    sa.column("linked_by_address", sa.Boolean()),
    sa.column("role", sa.String()),
    sa.column("managed_departments", types.TextArray()),
)


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("linked_by_address", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        sa.update(users)
        .where(
            users.c.supabase_id.is_not(None),
            ~users.c.supabase_id.startswith("development:"),
            users.c.role == "authenticated",
            users.c.managed_departments == (),
        )
        .values(linked_by_address=True)
    )


def downgrade() -> None:
    lock_timeout()
    op.drop_column("users", "linked_by_address")
