"""Why a cycle was granted, from which attempts at quizzes count.

People who have begun anew before have the attempts of their present cycle again: until now each cycle counted its own,
and nobody shall have fewer left than before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v1 import make_append_only
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "cycle_grants",
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("module_id", "user_id", "number", name="pk_cycle_grants"),
        sa.UniqueConstraint("cycle_id", name="uq_cycle_grants_cycle_id"),
    )
    op.add_column("quiz_attempts", sa.Column("grant_number", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "INSERT INTO cycle_grants (module_id, user_id, number, cycle_id, version_number, reason, granted_at)"
        " SELECT e.module_id, e.user_id, 1, e.cycle_id, e.version_number,"
        " 'Begun before the reasons for new cycles were kept.', e.updated_at FROM module_enrollments e"
        " WHERE EXISTS (SELECT 1 FROM quiz_attempts a"
        " WHERE a.module_id = e.module_id AND a.user_id = e.user_id AND a.cycle_id <> e.cycle_id)"
    )
    make_append_only("cycle_grants", "module_id, user_id, number", "cycle_id")


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("cycle_grants")
    op.drop_column("quiz_attempts", "grant_number")
    op.drop_table("cycle_grants")
