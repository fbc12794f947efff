"""Notices to people by e-mail, and what people do not want to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

KINDS = ("assigned", "due", "overdue", "digest", "certificate", "expiring", "rejected")
SUBJECTS = ("obligation", "enrollment", "certificate", "credential", "team")
STATES = ("waiting", "sent", "suppressed", "failed")
REASONS = (
    *("quiet", "preference", "no_address", "bouncing", "deactivated", "on_leave", "erased", "demonstration"),
    *("superseded", "refused", "gave_up"),
)


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _choice("kind", *KINDS),
        _choice("subject", *SUBJECTS),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=False),
        _choice("state", *STATES),
        _choice("reason", *REASONS, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("not_before", types.Moment(), nullable=True),
        sa.Column("settled_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("user_id", "object_id", "cause", name="uq_notices_user_id_object_id_cause"),
    )
    op.create_index("ix_notices_user_newest", "notices", ["user_id", sa.text("decided_at DESC"), sa.text("id DESC")])
    op.create_index("ix_notices_mail_id", "notices", ["mail_id"])
    waiting = sa.text("settled_at IS NULL")
    op.create_index("ix_notices_waiting", "notices", ["user_id"], postgresql_where=waiting, sqlite_where=waiting)
    op.create_table(
        "notice_settings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("declined", types.TextArray(), server_default=types.empty_array(), nullable=False),
        sa.Column("refused_address", sa.CHAR(length=64), nullable=True),
        sa.Column("refused_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_notice_settings"),
    )


def downgrade() -> None:
    lock_timeout()
    # That people were notified, and what they have turned off.
    refuse_to_lose("notices", "notice_settings")
    op.drop_table("notice_settings")
    op.drop_table("notices")


def _choice(name: str, *values: str, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)
    return sa.Column(name, kind, nullable=nullable)
