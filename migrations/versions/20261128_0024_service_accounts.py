"""Service accounts with their keys, and what kind of actor caused an event.

Of earlier events the kind stays unknown: those with an actor were caused by a user, the others by the service.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "service_accounts",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("scopes", types.TextArray(), nullable=False),
        sa.Column("departments", types.TextArray(), server_default=types.empty_array(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("disabled_at", types.Moment(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("name_folded", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_accounts"),
        sa.UniqueConstraint("name_folded", name="uq_service_accounts_name_folded"),
    )
    op.create_index("ix_service_accounts_newest", "service_accounts", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_table(
        "service_account_keys",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("service_account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.CHAR(length=64), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.Column("last_used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_account_id"], ["service_accounts.id"], name="fk_service_account_keys_service_account_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service_account_keys"),
    )
    op.create_index("ix_service_account_keys_service_account_id", "service_account_keys", ["service_account_id"])
    op.add_column("outbox_events", sa.Column("actor_kind", sa.String(length=20), nullable=True))


def downgrade() -> None:
    lock_timeout()
    # Records and events name service accounts as those who caused them.
    refuse_to_lose("service_accounts", "service_account_keys")
    op.drop_column("outbox_events", "actor_kind")
    op.drop_index("ix_service_account_keys_service_account_id", "service_account_keys")
    op.drop_table("service_account_keys")
    op.drop_index("ix_service_accounts_newest", "service_accounts")
    op.drop_table("service_accounts")
