"""The tables of the audit ledger. The database refuses to change or remove rows.

The only exception are personal values of people who were erased. Commands write entries; everything else is written
when entries are sealed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.append_only_triggers import Released
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.types import Moment, TransactionId, current_transaction, new_uuid

NEVER = "OLD.position <> OLD.position"

# One row for each command, and as few indexes as the order of sealing needs: every command writes one.
entries = Table(
    "audit_entries",
    metadata,
    Column("position", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True),
    Column("id", Uuid(), nullable=False, server_default=new_uuid()),
    # Canonical JSON (RFC 8785), hashed as it is here.
    Column("content", Text(), nullable=False),
    # What the entry is committed to, with the salts. Erased with the owner, and never changed otherwise.
    Column("disclosed", Text()),
    Column("owner_id", Uuid()),
    Column("transaction_id", TransactionId(), nullable=False, server_default=current_transaction()),
    Index("ix_audit_entries_transaction", "transaction_id", "position"),
    info=append_only("disclosed", when=NEVER, released=Released("owner_id", "disclosed")),
)

leaves = Table(
    "audit_leaves",
    metadata,
    Column("leaf_index", BigInteger(), nullable=False, autoincrement=False),
    Column("entry_id", Uuid(), nullable=False),
    Column("transaction_id", TransactionId(), nullable=False),
    Column("entry_position", BigInteger(), nullable=False),
    Column("occurred_at", Moment(), nullable=False),
    Column("operation", String(100), nullable=False),
    Column("actor_id", Uuid()),
    PrimaryKeyConstraint("leaf_index"),
    UniqueConstraint("entry_id"),
    UniqueConstraint("entry_position"),
    info=append_only(),
)
_newest = (leaves.c.occurred_at.desc(), leaves.c.entry_id.desc())
Index("ix_audit_leaves_newest", *_newest)
Index("ix_audit_leaves_actor_newest", leaves.c.actor_id, *_newest)
Index("ix_audit_leaves_operation_newest", leaves.c.operation, *_newest)

objects = Table(
    "audit_objects",
    metadata,
    Column("object_id", Uuid(), nullable=False),
    Column("leaf_index", BigInteger(), nullable=False),
    PrimaryKeyConstraint("object_id", "leaf_index"),
    info=append_only(),
)

nodes = Table(
    "audit_nodes",
    metadata,
    # See `domain.audit.merkle.node_number`: that of an entry is twice its index.
    Column("number", BigInteger(), nullable=False, autoincrement=False),
    Column("hash", LargeBinary(), nullable=False),
    PrimaryKeyConstraint("number"),
    info=append_only(),
)

checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("tree_size", BigInteger(), nullable=False, autoincrement=False),
    Column("root", LargeBinary(), nullable=False),
    Column("note", Text(), nullable=False),
    Column("signed_at", Moment(), nullable=False),
    PrimaryKeyConstraint("tree_size"),
    info=append_only(),
)
