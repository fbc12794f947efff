"""Training modules with their sections and questions: tables, map, repository and reader."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import relationship

from adapters.documents import QUESTION_METADATA, SECTION_CONTENT
from adapters.sql.reads import Reads, at_most, before, page_of, place, wildcard
from adapters.sql.schema import ONLY_POSTGRESQL, ONLY_SQLITE, history, identity, mapper_registry, metadata
from adapters.sql.types import Moment, Stored, TextArray, Unopened, choice, has_item
from adapters.sql.units import SqlUnit
from application.messages import Cursor, Page
from application.modules.queries import ModuleDetail, ModuleFilter, ModuleSummary, SectionView
from domain.modules import ModuleInUse, ModuleNotFound, ModuleStatus, SlugTaken, TrainingModule
from domain.questions import QuizQuestion
from domain.sections import ModuleSection

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
    Column("published_at", Moment()),
    Column("archived_at", Moment()),
    *history(),
    UniqueConstraint("slug", info={"violated": SlugTaken}),
)
Index("ix_training_modules_newest", modules.c.created_at.desc(), modules.c.id.desc())
Index("ix_training_modules_status_newest", modules.c.status, modules.c.created_at.desc(), modules.c.id.desc())
Index("ix_training_modules_tags", modules.c.tags, postgresql_using="gin")

sections = Table(
    "module_sections",
    metadata,
    identity(),
    Column("module_id", ForeignKey(modules.c.id, ondelete="CASCADE"), nullable=False),
    Column("position", SmallInteger(), nullable=False),
    Column("title", String(255), nullable=False),
    Column("content", Stored(SECTION_CONTENT), nullable=False),
    # Positions are exchanged within a transaction, so they are compared at its end; SQLite cannot wait.
    UniqueConstraint("module_id", "position", deferrable=True, initially="DEFERRED", info=ONLY_POSTGRESQL),
    Index("ix_module_sections_place", "module_id", "position", info=ONLY_SQLITE),
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
    UniqueConstraint("section_id", "position", deferrable=True, initially="DEFERRED", info=ONLY_POSTGRESQL),
    Index("ix_quiz_questions_place", "section_id", "position", info=ONLY_SQLITE),
)


def map_modules() -> None:
    """Map the three classes; a module owns its sections and a section its questions."""
    mapper_registry.map_imperatively(QuizQuestion, questions)
    mapper_registry.map_imperatively(
        ModuleSection,
        sections,
        properties={
            "questions": relationship(
                QuizQuestion, order_by=questions.c.position, cascade="all, delete-orphan", lazy="selectin"
            )
        },
    )
    mapper_registry.map_imperatively(
        TrainingModule,
        modules,
        version_id_col=modules.c.version,
        version_id_generator=False,
        properties={
            "sections": relationship(
                ModuleSection, order_by=sections.c.position, cascade="all, delete-orphan", lazy="selectin"
            )
        },
    )


class SqlModules:
    """Modules in the unit's session."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._session: AsyncSession = unit.session

    async def get(self, module_id: UUID) -> TrainingModule:
        module = await self._session.get(TrainingModule, module_id)
        if module is None:
            raise ModuleNotFound
        return self._unit.touch(module)

    async def by_slug(self, slug: str) -> TrainingModule | None:
        module = await self._session.scalar(select(TrainingModule).where(modules.c.slug == slug))
        return None if module is None else self._unit.touch(module)

    async def add(self, module: TrainingModule) -> None:
        self._session.add(self._unit.touch(module))
        await self._session.flush()

    async def remove(self, module: TrainingModule) -> None:
        await self._session.delete(module)
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise ModuleInUse from error

    async def status(self, module_id: UUID) -> ModuleStatus | None:
        return await self._session.scalar(select(modules.c.status).where(modules.c.id == module_id))


SUMMARY = (
    modules.c.id,
    modules.c.slug,
    modules.c.title,
    modules.c.summary,
    modules.c.status,
    modules.c.tags,
    modules.c.citation,
    modules.c.estimated_minutes,
    modules.c.version,
    modules.c.created_at,
    modules.c.updated_at,
    modules.c.published_at,
    modules.c.archived_at,
)
SECTION = (sections.c.id, sections.c.position, sections.c.title, type_coerce(sections.c.content, Unopened()))

DETAIL = (
    select(*SUMMARY, *SECTION)
    .select_from(modules.outerjoin(sections))
    .where(modules.c.id == bindparam("module_id", type_=Uuid()))
    .order_by(sections.c.position)
)


@cache
def _page(drafts: bool, status: bool, tag: bool, q: bool, after: bool) -> Select[Any]:
    statement = select(*SUMMARY)
    if not drafts:
        statement = statement.where(modules.c.status != literal(ModuleStatus.DRAFT, modules.c.status.type))
    if status:
        statement = statement.where(modules.c.status == bindparam("status", type_=modules.c.status.type))
    if tag:
        statement = statement.where(has_item(modules.c.tags, "tag"))
    if q:
        text = bindparam("q", type_=Text())
        searched = (modules.c.title, modules.c.summary, modules.c.slug)
        statement = statement.where(or_(*(func.lower(column).like(text, escape="\\") for column in searched)))
    if after:
        statement = statement.where(before(modules.c.created_at, modules.c.id))
    return statement.order_by(modules.c.created_at.desc(), modules.c.id.desc()).limit(at_most())


class SqlModuleReader:
    """The catalogue, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, where: ModuleFilter, after: Cursor | None, limit: int) -> Page[ModuleSummary]:
        rows = await self._reads.rows(
            _page(
                where.drafts, where.status is not None, where.tag is not None, where.q is not None, after is not None
            ),
            status=where.status,
            tag=where.tag,
            limit=limit + 1,
            **wildcard(where.q),
            **place(after),
        )
        return page_of([ModuleSummary(*row) for row in rows], limit, lambda last: Cursor(last.created_at, last.id))

    async def detail(self, module_id: UUID) -> ModuleDetail | None:
        rows = await self._reads.rows(DETAIL, module_id=module_id)
        if not rows:
            return None
        width = len(SUMMARY)
        steps = [SectionView(*row[width:]) for row in rows if row[width] is not None]
        return ModuleDetail(*(*rows[0][:width], steps))
