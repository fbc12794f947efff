"""Requirements: the draft of each may change, and approved versions never do."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.append_only_v2 import Kept, Key, protect, unprotect
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

KEYS = [Key(("requirement_id", "number"))]


def drafted(table: str) -> list[sa.Column[Any]]:
    """What a version has from the beginning."""
    return [
        sa.Column(
            "requirement_id",
            sa.Uuid(),
            sa.ForeignKey("requirements.id", name=f"fk_{table}_requirement_id"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("terms", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", types.Moment(), nullable=False),
        sa.Column(
            "running",
            sa.Enum("keep", "take", "next", name="running", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("transition_days", sa.Integer(), nullable=False),
    ]


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "requirements",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requirements"),
        sa.UniqueConstraint("code", name="uq_requirements_code"),
    )
    op.create_index("ix_requirements_newest", "requirements", [sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_table(
        "requirement_drafts",
        *drafted("requirement_drafts"),
        sa.PrimaryKeyConstraint("requirement_id", name="pk_requirement_drafts"),
    )
    op.create_table(
        "requirement_versions",
        *drafted("requirement_versions"),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", types.Moment(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("requirement_id", "number", name="pk_requirement_versions"),
    )
    protect("requirement_versions", Kept(), KEYS)


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose("requirement_versions", "requirement_drafts", "requirements")
    unprotect("requirement_versions", Kept(), KEYS)
    op.drop_table("requirement_versions")
    op.drop_table("requirement_drafts")
    op.drop_table("requirements")
