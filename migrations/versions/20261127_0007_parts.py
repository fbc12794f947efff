"""When sections and questions were written and last changed, as of every other table.

Quizzes that say nothing of feedback keep what that meant when they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

from migrations.helpers import types
from migrations.helpers.running import lock_timeout

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("module_sections", "quiz_questions")


def upgrade() -> None:
    lock_timeout()
    with _altering() as tables:
        for table in tables:
            for name in ("created_at", "updated_at"):
                table.add_column(sa.Column(name, types.Moment(), server_default=types.now_utc(), nullable=False))
    # Nobody knows it any better than by their modules.
    op.execute(
        "UPDATE module_sections SET created_at = m.created_at, updated_at = m.updated_at"
        " FROM training_modules m WHERE m.id = module_sections.module_id"
    )
    op.execute(
        "UPDATE quiz_questions SET created_at = s.created_at, updated_at = s.updated_at"
        " FROM module_sections s WHERE s.id = quiz_questions.section_id"
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "UPDATE module_sections SET content = json_set(content, '$.feedback', 'after_submission')"
            " WHERE json_extract(content, '$.kind') = 'quiz' AND json_extract(content, '$.feedback') IS NULL"
        )
    else:
        op.execute(
            "UPDATE module_sections SET content = jsonb_set(content, '{feedback}', '\"after_submission\"')"
            " WHERE content ->> 'kind' = 'quiz' AND content ->> 'feedback' IS NULL"
        )


def downgrade() -> None:
    lock_timeout()
    with _altering() as tables:
        for table in tables:
            for name in ("updated_at", "created_at"):
                table.drop_column(name)


@contextmanager
def _altering() -> Iterator[Iterator[BatchOperations]]:
    """SQLite makes both tables anew; and since with a section go its questions, these wait elsewhere meanwhile."""
    if op.get_context().dialect.name != "sqlite":
        yield _batches("never")
        return
    op.execute("CREATE TEMPORARY TABLE waiting_questions AS SELECT * FROM quiz_questions")
    op.execute("DELETE FROM quiz_questions")
    yield _batches("always")
    columns = "id, section_id, position, prompt, points, explanation, metadata"
    op.execute(f"INSERT INTO quiz_questions ({columns}) SELECT {columns} FROM waiting_questions")  # noqa: S608  # our own names
    op.execute("DROP TABLE waiting_questions")


def _batches(recreate: Literal["always", "never"]) -> Iterator[BatchOperations]:
    for table in TABLES:
        with op.batch_alter_table(table, recreate=recreate) as batch:
            if recreate == "always" and table == "quiz_questions":
                # As it was: what is read from the database would be put in brackets.
                batch.alter_column("explanation", server_default="")
            yield batch
