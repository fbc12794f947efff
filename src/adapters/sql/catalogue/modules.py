"""Training modules with their sections and questions: mapping, repository and reader."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import astuple
from sqlalchemy import (
    Select,
    Uuid,
    and_,
    bindparam,
    select,
    type_coerce,
)
from sqlalchemy.exc import IntegrityError

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules, no_draft, questions, sections, versions
from adapters.sql.kit.batch_loader import BatchLoader, by_key
from adapters.sql.kit.columns import columns_of, maker, names_of
from adapters.sql.kit.expressions import any_of, as_texts, has_one_of, has_words
from adapters.sql.kit.mapping import map_class, maps, owns, stored
from adapters.sql.kit.pages import MOST_STATEMENTS, Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Unopened
from adapters.sql.kit.units import SqlUnit
from application.catalogue.modules.queries import (
    DraftedSection,
    ModuleDetail,
    ModuleFilter,
    ModuleReader,
    ModuleSort,
    ModuleSummary,
)
from application.catalogue.ports import Modules
from application.kernel.messages import Cursor, Page
from domain.catalogue.module_life import ModuleInUse, ModuleNotFound, ModuleOffer
from domain.catalogue.modules import TrainingModule
from domain.catalogue.questions import QuizQuestion
from domain.catalogue.sections import ModuleSection
from domain.kernel.typography import search_words


@maps
def map_modules() -> None:
    """Map the three classes; a module owns its sections and a section its questions."""
    map_class(QuizQuestion, questions)
    map_class(ModuleSection, sections, questions=owns(QuizQuestion, questions.c.position))
    map_class(TrainingModule, modules, versioned=True, sections=owns(ModuleSection, sections.c.position))


MODULE_ID = bindparam("module_id", type_=Uuid())
OFFER = select(modules.c.status, modules.c.version_number, modules.c.archived_at).where(modules.c.id == MODULE_ID)
PREREQUISITES = 7_238_114_055_302
"""The advisory lock for changing prerequisites; any number that nothing else in the database uses."""


@serves(Modules)
class SqlModules:
    """Modules in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def get(self, module_id: UUID) -> TrainingModule:
        module = await (await self._unit.session()).get(stored(TrainingModule), module_id)
        if module is None:
            raise ModuleNotFound
        return self._unit.touch(module)

    async def by_slug(self, slug: str) -> TrainingModule | None:
        session = await self._unit.session(long=True)  # when loading a whole catalogue
        module = await session.scalar(select(stored(TrainingModule)).where(modules.c.slug == slug))
        return None if module is None else self._unit.touch(module)

    async def add(self, module: TrainingModule) -> None:
        await self._unit.add(module)

    async def remove(self, module: TrainingModule) -> None:
        session = await self._unit.session()
        await session.delete(module)
        try:
            await session.flush()
        except IntegrityError as error:
            raise ModuleInUse from error

    async def offer(self, module_id: UUID) -> ModuleOffer | None:
        rows = await self._unit.fetch(OFFER, module_id=module_id)
        return ModuleOffer(*rows[0]) if rows else None

    async def prerequisites(self) -> dict[UUID, tuple[UUID, ...]]:
        session = await self._unit.session()
        # Two concurrent changes could each be valid and together make a cycle.
        await self._unit.hold(PREREQUISITES)
        return {e.id: e.prerequisites for e in await session.execute(select(modules.c.id, modules.c.prerequisites))}

    async def close(self, *module_ids: UUID) -> None:
        session = await self._unit.session(long=True)
        # Locked in the same order everywhere, which prevents deadlocks.
        wanted = select(modules.c.id).where(any_of(modules.c.id, "module_ids")).order_by(modules.c.id)
        await session.execute(wanted.with_for_update(), {"module_ids": module_ids})


PREREQUISITE_IDS = as_texts(modules.c.prerequisites)
SUMMARY = columns_of(ModuleSummary, modules)
DETAIL = columns_of(ModuleDetail, modules, but={"sections"}, prerequisites=PREREQUISITE_IDS)
SECTION = columns_of(DraftedSection, sections)
_worked_on = maker(ModuleDetail, *names_of(DETAIL), "sections")

WHOLE = select(*DETAIL, *SECTION).select_from(modules.outerjoin(sections))
WORKED_ON = WHOLE.where(modules.c.id == MODULE_ID).order_by(sections.c.position)


class _Settings(msgspec.Struct):
    """A version's settings, parsed only as far as a module shows them as separate fields."""

    title: str
    summary: str
    citation: str | None
    estimated_minutes: int | None
    rules: msgspec.Raw
    evidence: msgspec.Raw


_SETTINGS = msgspec.json.Decoder(_Settings)
PUBLISHED = _Settings.__struct_fields__
NOW = columns_of(ModuleDetail, modules, but={*PUBLISHED, "sections"}, prerequisites=PREREQUISITE_IDS)
_offered = maker(ModuleDetail, *names_of(NOW), "sections", *PUBLISHED)
OFFERED = (
    select(*NOW, type_coerce(versions.c.settings, Unopened()), type_coerce(versions.c.sections, Unopened()))
    .select_from(
        modules.join(
            versions, and_(versions.c.module_id == modules.c.id, versions.c.number == modules.c.version_number)
        )
    )
    .where(any_of(modules.c.id, "module_ids"))
)


@cache
def _version(drafts: bool) -> Select[Any]:
    statement = select(modules.c.version).where(modules.c.id == MODULE_ID)
    return statement if drafts else statement.where(no_draft())


CONDITIONS = {
    "ids": any_of(modules.c.id, "ids"),
    "status": modules.c.status == bindparam("status", type_=modules.c.status.type),
    "tags": has_one_of(modules.c.tags, "tags"),
    "words": has_words(modules.c.search_text, "words"),
}
KEYS = {"created_at": modules.c.created_at, "title": modules.c.title_key}


@lru_cache(MOST_STATEMENTS)
def _page(drafts: bool, conditions: tuple[str, ...], sort: ModuleSort, after: bool, total: bool) -> Select[Any]:
    statement = select(*SUMMARY).where(*(CONDITIONS[name] for name in conditions))
    if not drafts:
        statement = statement.where(no_draft())
    order = Order(KEYS[sort.field], modules.c.id, sort.descending, sort.name_in_cursors)
    return listed(statement, order, after=after, total=total)


LISTED = Listing(ModuleSummary, lambda last: Cursor(last.created_at, last.id))


@serves(ModuleReader)
class SqlModuleReader:
    """The catalogue, with one statement per call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._offered = BatchLoader(by_key(reads.rows, OFFERED, "module_ids"))

    async def page(
        self,
        where: ModuleFilter,
        after: Cursor | None,
        limit: int,
        *,
        sort: ModuleSort = ModuleSort.NEWEST,
        total: bool = False,
    ) -> Page[ModuleSummary]:
        conditions = given(ids=where.ids, status=where.status, tags=where.tags, words=where.q and search_words(where.q))
        page = await LISTED.page(
            self._reads,
            _page(where.drafts, (*conditions,), sort, after is not None, total),
            after,
            limit,
            sort.name_in_cursors,
            **conditions,
        )
        return page or Page([], None)

    async def worked_on(self, module_id: UUID) -> ModuleDetail | None:
        rows = await self._reads.rows(WORKED_ON, module_id=module_id)
        if not rows:
            return None
        width = len(DETAIL)
        steps = [DraftedSection(*row[width:]) for row in rows if row[width] is not None]
        return _worked_on((*rows[0][:width], steps))

    async def offered(self, module_id: UUID) -> ModuleDetail | None:
        row = await self._offered.of(module_id)
        if row is None:
            return None
        *now, settings, steps = row
        return _offered((*now, steps, *astuple(_SETTINGS.decode(settings))))

    async def version(self, module_id: UUID, *, drafts: bool) -> int | None:
        rows = await self._reads.rows(_version(drafts), module_id=module_id)
        return rows[0][0] if rows else None
