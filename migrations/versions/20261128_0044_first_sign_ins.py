"""When users signed in for the first time, as far as that is known: the last sign-in so far is the first known one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("first_sign_in", types.Moment(), nullable=True))
    users = sa.table("users", sa.column("first_sign_in"), sa.column("last_sign_in"))
    op.execute(sa.update(users).values(first_sign_in=users.c.last_sign_in).where(users.c.last_sign_in.is_not(None)))


def downgrade() -> None:
    lock_timeout()
    op.drop_column("users", "first_sign_in")
