"""The table of quiz attempts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, UniqueConstraint, Uuid, literal

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.append_only_triggers import Released
from adapters.sql.kit.schema import identity, metadata
from adapters.sql.kit.types import Moment, Stored, choice
from domain.assessment.attempts import AttemptStatus
from domain.assessment.grading import Answer, Mark, QuizPolicy
from domain.assessment.question_drawing import Item

ATTEMPT_ITEMS: Document[tuple[Item, ...]] = Document(tuple[Item, ...])
ATTEMPT_POLICY: Document[QuizPolicy] = Document(QuizPolicy)
ATTEMPT_ANSWERS: Document[dict[UUID, Answer]] = Document(dict[UUID, Answer])
ATTEMPT_MARKS: Document[tuple[Mark, ...]] = Document(tuple[Mark, ...])
ANSWERED = (*("status", "answers", "marks", "points", "percent", "passed", "submitted_at", "updated_at", "version"),)
# Without foreign keys: an attempt is evidence, and remains when its enrollment or its quiz is deleted.
attempts = Table(
    "quiz_attempts",
    metadata,
    identity(),
    Column("module_id", Uuid(), nullable=False),
    Column("user_id", Uuid(), nullable=False),
    Column("cycle_id", Uuid(), nullable=False),
    Column("version_number", Integer(), nullable=False),
    Column("section_id", Uuid(), nullable=False),
    Column("number", Integer(), nullable=False),
    Column("grant_number", Integer(), nullable=False, server_default="0"),
    Column("seed", BigInteger(), nullable=False),
    Column("status", choice(AttemptStatus, "status"), nullable=False),
    Column("items", Stored(ATTEMPT_ITEMS), nullable=False),
    Column("policy", Stored(ATTEMPT_POLICY), nullable=False),
    Column("answers", Stored(ATTEMPT_ANSWERS), nullable=False),
    Column("marks", Stored(ATTEMPT_MARKS), nullable=False),
    Column("max_points", Integer(), nullable=False),
    Column("points", Double()),
    Column("percent", Double()),
    Column("passed", Boolean()),
    Column("started_at", Moment(), nullable=False),
    Column("deadline", Moment()),
    Column("submitted_at", Moment()),
    Column("updated_at", Moment(), nullable=False),
    Column("version", Integer(), nullable=False),
    UniqueConstraint("cycle_id", "section_id", "number"),
    info=append_only(
        *ANSWERED,
        when="OLD.status = 'open'",
        released=Released("user_id", "answers", (("status", "superseded"),)),
    ),
)
OPEN, GRADED = (literal(each, attempts.c.status.type) for each in (AttemptStatus.OPEN, AttemptStatus.GRADED))
Index(
    "ux_quiz_attempts_open",
    attempts.c.cycle_id,
    attempts.c.section_id,
    unique=True,
    postgresql_where=attempts.c.status == OPEN,
    sqlite_where=attempts.c.status == OPEN,
)
Index(
    "ix_quiz_attempts_user_newest",
    attempts.c.user_id,
    attempts.c.module_id,
    attempts.c.started_at.desc(),
    attempts.c.id.desc(),
)
Index("ix_quiz_attempts_section_newest", attempts.c.section_id, attempts.c.submitted_at.desc(), attempts.c.id.desc())
