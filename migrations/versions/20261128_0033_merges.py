"""Users who were merged into another, and a participation report without them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.add_column("users", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_users_merged_into",
        "users",
        ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
        sqlite_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "user_merges",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.Column("module_ids", types.UuidArray(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_merges"),
    )
    op.create_index("ix_user_merges_user_id", "user_merges", ["user_id", "decided_at"])
    protect("user_merges", Kept(), [Key(("id",))])
    _replace_view("        WHERE u.merged_into IS NULL\n")


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("user_merges", "users.merged_into")
    _replace_view("")
    op.drop_index("ix_user_merges_user_id", "user_merges")
    op.drop_table("user_merges")
    op.drop_index("ix_users_merged_into", "users")
    op.drop_column("users", "merged_into")


def _replace_view(condition: str) -> None:
    """Make the view anew, of the enrollments that meet the condition."""
    on_postgresql = op.get_context().dialect.name == "postgresql"
    kind = "MATERIALIZED VIEW" if on_postgresql else "VIEW"
    op.execute(f"DROP {kind} module_participation")
    # As the first migration wrote it.
    counts = f"""
        SELECT m.id AS module_id, m.slug, m.title, coalesce(u.department, '') AS department,
               count(*) AS enrolled, count(CASE WHEN u.is_active THEN 1 END) AS active
        FROM module_enrollments e
        JOIN training_modules m ON m.id = e.module_id
        JOIN users u ON u.id = e.user_id
{condition}        GROUP BY m.id, m.slug, m.title, coalesce(u.department, '')
    """  # noqa: S608  # our own words
    op.execute(f"CREATE {kind} module_participation AS {counts}")
    if on_postgresql:
        op.execute("CREATE UNIQUE INDEX ux_module_participation ON module_participation (module_id, department)")
        # It was counted just now.
        op.execute("UPDATE report_refreshes SET refreshed_at = now() WHERE report = 'module_participation'")
