"""The tables of the catalogue: modules with their sections and questions, and their immutable versions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CHAR,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal,
)

from adapters.documents import Document
from adapters.sql.kit.append_only import append_only
from adapters.sql.kit.schema import (
    ONLY_POSTGRESQL,
    ONLY_SQLITE,
    derived,
    history,
    identity,
    may,
    metadata,
    reported,
    sort_key,
    times,
)
from adapters.sql.kit.types import Moment, Stored, TextArray, UuidArray, choice, empty_array
from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms, SectionOutline
from domain.catalogue.module_life import ModuleStatus, SlugTaken
from domain.catalogue.questions import QuestionMetadata
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import SectionContent
from domain.catalogue.versions import VersionedQuestion, VersionedSection, VersionSettings
from domain.kernel.errors import StaleVersion
from domain.kernel.typography import folded

SECTION_CONTENT: Document[Any] = Document(SectionContent)
QUESTION_METADATA: Document[Any] = Document(QuestionMetadata)
COMPLETION_RULES: Document[CompletionRules] = Document(CompletionRules)
EVIDENCE_TERMS: Document[EvidenceTerms] = Document(EvidenceTerms)
VERSION_SETTINGS: Document[VersionSettings] = Document(VersionSettings)
VERSION_SECTIONS: Document[tuple[VersionedSection, ...]] = Document(tuple[VersionedSection, ...])
VERSION_QUESTIONS: Document[tuple[VersionedQuestion, ...]] = Document(tuple[VersionedQuestion, ...])
VERSION_OUTLINE: Document[tuple[SectionOutline, ...]] = Document(tuple[SectionOutline, ...])
modules = Table(
    "training_modules",
    metadata,
    identity(),
    Column("slug", String(80), nullable=False),
    Column("title", String(255), nullable=False),
    Column("summary", Text(), nullable=False, server_default=""),
    Column("status", choice(ModuleStatus, "status"), nullable=False, server_default="draft"),
    Column("tags", TextArray(), nullable=False),
    Column("citation", String(200)),
    Column("estimated_minutes", SmallInteger()),
    Column("rules", Stored(COMPLETION_RULES), nullable=False, server_default="{}"),
    Column("evidence", Stored(EVIDENCE_TERMS), nullable=False, server_default="{}"),
    Column("prerequisites", UuidArray(), nullable=False, server_default=empty_array()),
    # The version offered to learners; NULL before the first one.
    Column("version_number", Integer()),
    Column("content_hash", CHAR(64)),
    Column("published_at", Moment()),
    Column("archived_at", Moment()),
    derived(lambda module: "\n".join(map(folded, (module.title, module.summary, module.slug))), "search_text"),
    sort_key(lambda module: folded(module.title), "title_key"),
    *history(),
    UniqueConstraint("slug", info={"violated": SlugTaken}),
    info=may("UPDATE", "DELETE")
    | reported(
        *("id", "slug", "title", "status", "tags", "citation", "estimated_minutes", "version_number"),
        *("published_at", "archived_at"),
    ),
)
Index("ix_training_modules_newest", modules.c.created_at.desc(), modules.c.id.desc())
Index("ix_training_modules_status_newest", modules.c.status, modules.c.created_at.desc(), modules.c.id.desc())
Index("ix_training_modules_title", modules.c.title_key, modules.c.id)
Index("ix_training_modules_tags", modules.c.tags, postgresql_using="gin")

sections = Table(
    "module_sections",
    metadata,
    identity(),
    Column("module_id", ForeignKey(modules.c.id, ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger(), nullable=False),
    Column("title", String(255), nullable=False),
    Column("content", Stored(SECTION_CONTENT), nullable=False),
    *times(),
    # Positions are swapped within a transaction, so the constraint is deferred; SQLite cannot defer it.
    UniqueConstraint("module_id", "position", deferrable=True, initially="DEFERRED", info=ONLY_POSTGRESQL),
    Index("ix_module_sections_place", "module_id", "position", info=ONLY_SQLITE),
    info=may("UPDATE", "DELETE"),
)

questions = Table(
    "quiz_questions",
    metadata,
    identity(),
    Column("section_id", ForeignKey(sections.c.id, ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger(), nullable=False),
    Column("prompt", Text(), nullable=False),
    Column("points", Integer(), nullable=False, server_default="1"),
    Column("explanation", Text(), nullable=False, server_default=""),
    Column("metadata", Stored(QUESTION_METADATA), nullable=False),
    *times(),
    UniqueConstraint("section_id", "position", deferrable=True, initially="DEFERRED", info=ONLY_POSTGRESQL),
    Index("ix_quiz_questions_place", "section_id", "position", info=ONLY_SQLITE),
    info=may("UPDATE", "DELETE"),
)

versions = Table(
    "module_versions",
    metadata,
    Column("module_id", ForeignKey("training_modules.id"), nullable=False),
    Column("number", Integer(), nullable=False),
    Column("settings", Stored(VERSION_SETTINGS), nullable=False),
    Column("sections", Stored(VERSION_SECTIONS), nullable=False),
    Column("questions", Stored(VERSION_QUESTIONS), nullable=False),
    # Derived from the sections, so that reading only the steps does not load all contents.
    Column("outline", Stored(VERSION_OUTLINE), nullable=False),
    Column("content_hash", CHAR(64), nullable=False),
    Column("change_note", Text(), nullable=False),
    Column("material", Boolean(), nullable=False),
    Column("published_at", Moment(), nullable=False),
    Column("published_by", Uuid()),
    Column("reopens", choice(Reopens, "reopens"), nullable=False, server_default=Reopens.NOBODY),
    Column("reopen_due_on", Date()),
    # Numbers have no gaps, so a taken number means that another transaction published first.
    PrimaryKeyConstraint("module_id", "number", info={"violated": StaleVersion}),
    info=append_only(),
)


def no_draft() -> ColumnElement[bool]:
    """Whether a module is or was published. Drafts are hidden from everybody who may not see them."""
    return modules.c.status != literal(ModuleStatus.DRAFT, modules.c.status.type)
