"""Module versions, rules of completion, and progress within enrollments.

What is published already becomes version 1 as it stands, and everybody enrolled is pinned to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rfc8785
import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

from migrations.helpers import types
from migrations.helpers.append_only_v1 import make_append_only
from migrations.helpers.downgrades import refuse_to_lose
from migrations.helpers.running import lock_timeout

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As they were when this was written: what stands in a version never changes.
RULES = {
    "sections_in_order": True,
    "minimum_minutes": None,
    "pass_mark": 80,
    "attempts_allowed": None,
    "wait_minutes": 0,
}
EVIDENCE = {"valid_months": None, "retention_years": 6, "credit_hours": None}
QUIZ = {
    "draw": None,
    "shuffle": False,
    "time_limit_seconds": None,
    "partial_credit": False,
    "wrong_answer_penalty": 0,
    "feedback": "after_submission",
}


def upgrade() -> None:
    lock_timeout()
    op.create_table(
        "module_versions",
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settings", _json(), nullable=False),
        sa.Column("sections", _json(), nullable=False),
        sa.Column("questions", _json(), nullable=False),
        sa.Column("outline", _json(), nullable=False),
        sa.Column("content_hash", sa.CHAR(length=64), nullable=False),
        sa.Column("change_note", sa.Text(), nullable=False),
        sa.Column("material", sa.Boolean(), nullable=False),
        sa.Column("published_at", types.Moment(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["module_id"], ["training_modules.id"], name="fk_module_versions_module_id"),
        sa.PrimaryKeyConstraint("module_id", "number", name="pk_module_versions"),
    )
    op.add_column("training_modules", sa.Column("rules", _json(), server_default="{}", nullable=False))
    op.add_column("training_modules", sa.Column("evidence", _json(), server_default="{}", nullable=False))
    op.add_column(
        "training_modules",
        sa.Column("prerequisites", types.UuidArray(), server_default=types.empty_array(), nullable=False),
    )
    op.add_column("training_modules", sa.Column("version_number", sa.Integer(), nullable=True))
    op.add_column("training_modules", sa.Column("content_hash", sa.CHAR(length=64), nullable=True))
    _freeze_what_is_published()
    make_append_only("module_versions", "module_id, number")

    with _altering_enrollments() as enrollments:
        enrollments.add_column(sa.Column("version_number", sa.Integer(), server_default="1", nullable=False))
        enrollments.add_column(sa.Column("cycle_id", sa.Uuid(), server_default=types.new_uuid(), nullable=False))
        enrollments.add_column(sa.Column("started_at", types.Moment(), nullable=True))
        enrollments.add_column(sa.Column("completed_at", types.Moment(), nullable=True))
    with _altering_enrollments() as enrollments:
        enrollments.alter_column("version_number", server_default=None)
        enrollments.create_unique_constraint("uq_module_enrollments_cycle_id", ["cycle_id"])
    op.create_index(
        "ix_module_enrollments_open",
        "module_enrollments",
        ["module_id", "version_number"],
        postgresql_where=sa.text("completed_at IS NULL"),
        sqlite_where=sa.text("completed_at IS NULL"),
    )

    op.create_table(
        "section_completions",
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("completed_at", types.Moment(), nullable=False),
        sa.Column("attestation", sa.Text(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_number", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("pass_mark", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["module_id", "user_id"],
            ["module_enrollments.module_id", "module_enrollments.user_id"],
            name="fk_section_completions_module_id_user_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("module_id", "user_id", "section_id", name="pk_section_completions"),
    )


def downgrade() -> None:
    lock_timeout()
    refuse_to_lose(
        "module_versions",
        "section_completions",
        "module_enrollments.started_at",
        "module_enrollments.completed_at",
    )
    op.drop_table("section_completions")
    op.drop_index("ix_module_enrollments_open", "module_enrollments")
    with _altering_enrollments() as enrollments:
        enrollments.drop_constraint("uq_module_enrollments_cycle_id", type_="unique")
        enrollments.drop_column("completed_at")
        enrollments.drop_column("started_at")
        enrollments.drop_column("cycle_id")
        enrollments.drop_column("version_number")
    op.drop_column("training_modules", "content_hash")
    op.drop_column("training_modules", "version_number")
    op.drop_column("training_modules", "prerequisites")
    op.drop_column("training_modules", "evidence")
    op.drop_column("training_modules", "rules")
    op.drop_table("module_versions")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


@contextmanager
def _altering_enrollments() -> Iterator[BatchOperations]:
    """SQLite makes the table anew and puts it in the place of the old one, for which views usually do not let it go."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    if on_sqlite:
        op.execute("PRAGMA legacy_alter_table = ON")
    with op.batch_alter_table("module_enrollments") as enrollments:
        yield enrollments
    if on_sqlite:
        op.execute("PRAGMA legacy_alter_table = OFF")
        for first, last in (("module", "user"), ("user", "module")):
            # What was made anew has forgotten in which order these run.
            name, columns = (
                f"ix_module_enrollments_{first}_newest",
                (f"{first}_id", "enrolled_at DESC", f"{last}_id DESC"),
            )
            op.drop_index(name, "module_enrollments")
            op.create_index(name, "module_enrollments", [sa.literal_column(column) for column in columns])


def _json() -> Any:
    return postgresql.JSONB().with_variant(sa.JSON(), "sqlite")


def _freeze_what_is_published() -> None:
    connection = op.get_bind()
    tables = sa.MetaData()
    modules = sa.Table(
        "training_modules",
        tables,
        sa.Column("id", sa.Uuid()),
        sa.Column("title", sa.String()),
        sa.Column("summary", sa.String()),
        sa.Column("citation", sa.String()),
        sa.Column("estimated_minutes", sa.Integer()),
        sa.Column("published_at", types.Moment()),
        sa.Column("version_number", sa.Integer()),
        sa.Column("content_hash", sa.String()),
    )
    sections = sa.Table(
        "module_sections",
        tables,
        sa.Column("id", sa.Uuid()),
        sa.Column("module_id", sa.Uuid()),
        sa.Column("position", sa.Integer()),
        sa.Column("title", sa.String()),
        sa.Column("content", _json()),
    )
    questions = sa.Table(
        "quiz_questions",
        tables,
        sa.Column("id", sa.Uuid()),
        sa.Column("section_id", sa.Uuid()),
        sa.Column("position", sa.Integer()),
        sa.Column("prompt", sa.String()),
        sa.Column("points", sa.Integer()),
        sa.Column("explanation", sa.String()),
        sa.Column("metadata", _json()),
    )
    versions = sa.Table(
        "module_versions",
        tables,
        *(sa.Column(name, _json()) for name in ("settings", "sections", "questions", "outline")),
        *(sa.Column(name, sa.String()) for name in ("content_hash", "change_note")),
        sa.Column("module_id", sa.Uuid()),
        sa.Column("number", sa.Integer()),
        sa.Column("material", sa.Boolean()),
        sa.Column("published_at", types.Moment()),
    )
    for module in connection.execute(sa.select(modules).where(modules.c.published_at.is_not(None))).all():
        settings = {
            "title": module.title,
            "summary": module.summary,
            "citation": module.citation,
            "estimated_minutes": module.estimated_minutes,
            "rules": RULES,
            "evidence": EVIDENCE,
        }
        steps = [
            {"id": str(row.id), "position": row.position, "title": row.title, "content": _complete(row.content)}
            for row in connection.execute(
                sa.select(sections).where(sections.c.module_id == module.id).order_by(sections.c.position)
            )
        ]
        asked = [
            {
                "id": str(row.id),
                "section_id": str(row.section_id),
                "prompt": row.prompt,
                "points": row.points,
                "explanation": row.explanation,
                "metadata": row.metadata,
            }
            for row in connection.execute(
                sa.select(questions)
                .join(sections, sections.c.id == questions.c.section_id)
                .where(sections.c.module_id == module.id)
                .order_by(sections.c.position, questions.c.position)
            )
        ]
        content_hash = hashlib.sha256(rfc8785.dumps(json.loads(json.dumps([settings, steps, asked])))).hexdigest()
        connection.execute(
            versions.insert().values(
                module_id=module.id,
                number=1,
                settings=settings,
                sections=steps,
                questions=asked,
                outline=[_outline(step) for step in steps],
                content_hash=content_hash,
                change_note="",
                material=False,
                published_at=module.published_at,
            )
        )
        connection.execute(
            modules.update().where(modules.c.id == module.id).values(version_number=1, content_hash=content_hash)
        )


def _complete(content: dict[str, Any]) -> dict[str, Any]:
    return {**QUIZ, **content} if content["kind"] == "quiz" else content


def _outline(step: dict[str, Any]) -> dict[str, Any]:
    content = step["content"]
    return {
        "id": step["id"],
        "title": step["title"],
        "kind": content["kind"],
        "statement": content.get("statement"),
    }
