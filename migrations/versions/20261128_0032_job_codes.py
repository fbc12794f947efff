"""Job codes, and the titles that mean them. No title means one until an administrator says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TABLES = {
    "job_code_tables": [Key(("id",)), Key(("version",))],
    "job_titles": [Key(("id",)), Key(("text_key", "recorded_at"))],
}


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "job_code_tables",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("codes", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job_code_tables"),
        sa.UniqueConstraint("version", name="uq_job_code_tables_version"),
    )
    op.create_table(
        "job_titles",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("text_key", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("job_code", sa.String(length=40), nullable=True),
        sa.Column("recorded_at", types.Moment(), server_default=types.clock_now(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job_titles"),
        sa.UniqueConstraint("text_key", "recorded_at", name="uq_job_titles_text_key_recorded_at"),
    )
    op.create_index("ix_job_titles_newest", "job_titles", [sa.text("recorded_at DESC"), sa.text("id DESC")])
    op.create_index("ix_job_titles_job_code", "job_titles", ["job_code"])
    for table, keys in TABLES.items():
        protect(table, Kept(), keys)
    op.add_column("users", sa.Column("job_code", sa.String(length=40), nullable=True))
    op.create_index("ix_users_job_code_newest", "users", ["job_code", sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index("ix_users_job_title_folded", "users", ["job_title_folded"])


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("job_code_tables", "job_titles")
    op.drop_index("ix_users_job_title_folded", "users")
    op.drop_index("ix_users_job_code_newest", "users")
    op.drop_column("users", "job_code")
    for table, keys in TABLES.items():
        unprotect(table, Kept(), keys)
        op.drop_table(table)
