"""The audit ledger: entries of commands, the tree over them, and its signed checkpoints."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key
from migrations.helpers.append_only_v3 import Released, protect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLES = ("audit_checkpoints", "audit_nodes", "audit_objects", "audit_leaves", "audit_entries")
ENTRY = ("position", "id", "content", "owner_id", "transaction_id")
NEWEST: tuple[Any, ...] = (sa.literal_column("occurred_at DESC"), sa.literal_column("entry_id DESC"))


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "audit_entries",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("disclosed", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("transaction_id", types.TransactionId(), server_default=types.current_transaction(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_transaction", "audit_entries", ["transaction_id", "position"])
    op.create_table(
        "audit_leaves",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", types.TransactionId(), nullable=False),
        sa.Column("entry_position", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", types.Moment(), nullable=False),
        sa.Column("operation", sa.String(length=100), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_audit_leaves"),
        sa.UniqueConstraint("entry_id", name="uq_audit_leaves_entry_id"),
        sa.UniqueConstraint("entry_position", name="uq_audit_leaves_entry_position"),
    )
    op.create_index("ix_audit_leaves_newest", "audit_leaves", [*NEWEST])
    op.create_index("ix_audit_leaves_actor_newest", "audit_leaves", ["actor_id", *NEWEST])
    op.create_index("ix_audit_leaves_operation_newest", "audit_leaves", ["operation", *NEWEST])
    op.create_table(
        "audit_objects",
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("object_id", "leaf_index", name="pk_audit_objects"),
    )
    op.create_table(
        "audit_nodes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_nodes"),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("tree_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tree_size", name="pk_audit_checkpoints"),
    )
    protect(
        "audit_entries",
        Kept(frozen=ENTRY, when="OLD.position <> OLD.position"),
        [],
        Released("owner_id", "disclosed", (), ENTRY),
    )
    protect("audit_leaves", Kept(), [Key(("entry_id",)), Key(("entry_position",)), Key(("leaf_index",))])
    protect("audit_objects", Kept(), [Key(("object_id", "leaf_index"))])
    protect("audit_nodes", Kept(), [Key(("number",))])
    protect("audit_checkpoints", Kept(), [Key(("tree_size",))])


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose(
        "audit_checkpoints",
        "audit_nodes",
        "audit_objects",
        "audit_leaves",
        "audit_entries",
    )
    for table in TABLES:
        op.drop_table(table)
