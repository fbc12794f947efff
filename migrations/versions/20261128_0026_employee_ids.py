"""The HR system's key of a person, which is unique where there is one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("employee_id", sa.String(length=64)))
    op.add_column("users", sa.Column("employee_id_folded", sa.Text()))
    op.create_index("ux_users_employee_id_folded", "users", ["employee_id_folded"], unique=True)


def downgrade() -> None:
    lock_timeout()
    # Without it nobody could tell any more which line of an HR export is about whom.
    refuse_to_lose("users.employee_id")
    op.drop_index("ux_users_employee_id_folded", "users")
    op.drop_column("users", "employee_id_folded")
    op.drop_column("users", "employee_id")
