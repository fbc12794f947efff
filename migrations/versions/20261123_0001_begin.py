"""Users, modules with sections and questions, enrollments, outbox, idempotency keys, participation view."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.CHAR(length=64), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])

    op.create_table(
        "outbox_events",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("occurred_at", types.Moment(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("client_ip", types.IpAddress(), nullable=True),
        sa.PrimaryKeyConstraint("position", name="pk_outbox_events"),
        sa.UniqueConstraint("id", name="uq_outbox_events_id"),
    )
    op.create_index("ix_outbox_events_subject", "outbox_events", ["subject_id", "position"])

    op.create_table(
        "training_modules",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft", "published", "archived", name="status", native_enum=False, create_constraint=True, length=20
            ),
            server_default="draft",
            nullable=False,
        ),
        sa.Column("tags", types.TextArray(), nullable=False),
        sa.Column("citation", sa.String(length=200), nullable=True),
        sa.Column("estimated_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("published_at", types.Moment(), nullable=True),
        sa.Column("archived_at", types.Moment(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_training_modules"),
        sa.UniqueConstraint("slug", name="uq_training_modules_slug"),
    )
    op.create_index(
        "ix_training_modules_newest",
        "training_modules",
        [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_training_modules_status_newest",
        "training_modules",
        ["status", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index("ix_training_modules_tags", "training_modules", ["tags"], postgresql_using="gin")

    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("supabase_id", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=True),
        sa.Column("department", sa.String(length=120), nullable=True),
        sa.Column("job_title", sa.String(length=120), nullable=True),
        sa.Column("location", sa.String(length=120), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "authenticated",
                "author",
                "manager",
                "compliance",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="authenticated",
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("email_confirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_sign_in", types.Moment(), nullable=True),
        sa.Column("profile_metadata", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.UniqueConstraint("supabase_id", name="uq_users_supabase_id"),
    )
    op.create_index(
        "ix_users_department_newest",
        "users",
        ["department", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index("ix_users_newest", "users", [sa.literal_column("created_at DESC"), sa.literal_column("id DESC")])
    op.create_index("ix_users_profile_metadata", "users", ["profile_metadata"], postgresql_using="gin")

    op.create_table(
        "module_enrollments",
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("enrolled_by", sa.Uuid(), nullable=True),
        sa.Column("enrolled_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("updated_at", types.Moment(), server_default=types.now_utc(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["module_id"], ["training_modules.id"], name="fk_module_enrollments_module_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_module_enrollments_user_id"),
        sa.PrimaryKeyConstraint("module_id", "user_id", name="pk_module_enrollments"),
    )
    op.create_index(
        "ix_module_enrollments_module_newest",
        "module_enrollments",
        ["module_id", sa.literal_column("enrolled_at DESC"), sa.literal_column("user_id DESC")],
    )
    op.create_index(
        "ix_module_enrollments_user_newest",
        "module_enrollments",
        ["user_id", sa.literal_column("enrolled_at DESC"), sa.literal_column("module_id DESC")],
    )

    op.create_table(
        "module_sections",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("content", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["module_id"], ["training_modules.id"], name="fk_module_sections_module_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_module_sections"),
    )
    _place("module_sections", "module_id")

    op.create_table(
        "quiz_questions",
        sa.Column("id", sa.Uuid(), server_default=types.new_uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), server_default="1", nullable=False),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.Column("metadata", postgresql.JSONB().with_variant(sa.JSON(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["module_sections.id"], name="fk_quiz_questions_section_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_questions"),
    )
    _place("quiz_questions", "section_id")
    _create_view()


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose(
        "users",
        "training_modules",
        "module_sections",
        "quiz_questions",
        "module_enrollments",
        "outbox_events",
    )
    op.execute(f"DROP {'MATERIALIZED ' if _on_postgresql() else ''}VIEW module_participation")
    for table in (
        "quiz_questions",
        "module_sections",
        "module_enrollments",
        "users",
        "training_modules",
        "outbox_events",
        "idempotency_keys",
    ):
        op.drop_table(table)


def _on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def _place(table: str, parent: str) -> None:
    """Make positions unique within the parent where that can wait for the end of the transaction."""
    if _on_postgresql():
        op.create_unique_constraint(
            f"uq_{table}_{parent}_position", table, [parent, "position"], deferrable=True, initially="DEFERRED"
        )
    else:
        op.create_index(f"ix_{table}_place", table, [parent, "position"])


def _create_view() -> None:
    """Who takes part in what: a row for each module and department that has an enrollment."""
    counts = """
        SELECT m.id AS module_id, m.slug, m.title, coalesce(u.department, '') AS department,
               count(*) AS enrolled, count(CASE WHEN u.is_active THEN 1 END) AS active
        FROM module_enrollments e
        JOIN training_modules m ON m.id = e.module_id
        JOIN users u ON u.id = e.user_id
        GROUP BY m.id, m.slug, m.title, coalesce(u.department, '')
    """
    if not _on_postgresql():
        op.execute(f"CREATE VIEW module_participation AS {counts}")
        return
    op.execute(f"CREATE MATERIALIZED VIEW module_participation AS {counts}")
    # What a concurrent refresh compares rows by.
    op.execute("CREATE UNIQUE INDEX ux_module_participation ON module_participation (module_id, department)")
