"""Requirements for queries, and what they may name."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    exists,
    false,
    func,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)

from adapters.registry import serves
from adapters.sql.catalogue.tables import modules
from adapters.sql.compliance.requirement_tables import requirement_drafts, requirement_versions, requirements
from adapters.sql.compliance.requirements import version_of
from adapters.sql.kit.columns import columns_of, maker, names_of
from adapters.sql.kit.expressions import any_of
from adapters.sql.kit.pages import Listing, Order, given, listed
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment, Unopened
from adapters.sql.kit.units import SqlUnit
from adapters.sql.people.locations import locations
from application.compliance.requirements.explaining import RequirementVersions
from application.compliance.requirements.ports import NamedByTerms
from application.compliance.requirements.queries import (
    RequirementDetail,
    RequirementFilter,
    RequirementReader,
    RequirementSummary,
    RequirementVersionView,
)
from application.kernel.messages import Cursor, Page
from domain.compliance.requirement import RequirementVersion

REQUIREMENT_ID = bindparam("requirement_id", type_=Uuid())
DAY = bindparam("day", type_=Date())
OF_DRAFT = requirement_drafts.c.requirement_id == requirements.c.id
SUMMARY = columns_of(
    RequirementSummary,
    requirements,
    approved_number=select(func.max(requirement_versions.c.number))
    .where(requirement_versions.c.requirement_id == requirements.c.id)
    .scalar_subquery(),
    draft_number=select(requirement_drafts.c.number).where(OF_DRAFT).scalar_subquery(),
)
WIDTH = len(SUMMARY)
_detail = maker(RequirementDetail, *names_of(SUMMARY), "versions")
VERSIONS = union_all(
    select(requirement_versions),
    select(
        *requirement_drafts.c,
        type_coerce(null(), Uuid()).label("approved_by"),
        type_coerce(null(), Moment()).label("approved_at"),
        false().label("acknowledged"),
    ),
).subquery("versions")
DETAIL = (
    select(*SUMMARY, *columns_of(RequirementVersionView, VERSIONS, terms=type_coerce(VERSIONS.c.terms, Unopened())))
    .select_from(requirements.outerjoin(VERSIONS, VERSIONS.c.requirement_id == requirements.c.id))
    .where(requirements.c.id == REQUIREMENT_ID)
    .order_by(VERSIONS.c.number)
)
HAS_DRAFT = exists().where(OF_DRAFT)
CONDITIONS = {
    "retired": requirements.c.retired_on <= DAY,
    "not_retired": or_(requirements.c.retired_on.is_(None), requirements.c.retired_on > DAY),
    "drafted": HAS_DRAFT,
    "not_drafted": ~HAS_DRAFT,
}
ORDER = Order(requirements.c.created_at, requirements.c.id)
LISTED = Listing(RequirementSummary, lambda last: Cursor(last.created_at, last.id))


@lru_cache
def _page(conditions: tuple[str, ...], after: bool) -> Select[Any]:
    return listed(select(*SUMMARY).where(*(CONDITIONS[name] for name in conditions)), ORDER, after=after)


@serves(RequirementReader)
class SqlRequirementReader:
    """Requirements, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def page(self, where: RequirementFilter, after: Cursor | None, limit: int) -> Page[RequirementSummary]:
        conditions = given(
            retired=where.retiring and (where.retiring.is_retired or None),
            not_retired=where.retiring and (not where.retiring.is_retired or None),
            drafted=where.has_draft or None,
            not_drafted=where.has_draft is False or None,
        )
        day = where.retiring and where.retiring.day
        statement = _page((*conditions,), after is not None)
        return await LISTED.page(self._reads, statement, after, limit, day=day) or Page([], None)

    async def detail(self, requirement_id: UUID) -> RequirementDetail | None:
        rows = await self._reads.rows(DETAIL, requirement_id=requirement_id)
        if not rows:
            return None
        versions = [RequirementVersionView(*row[WIDTH:]) for row in rows if row[WIDTH] is not None]
        return _detail((*rows[0][:WIDTH], versions))


WHOLE = (
    select(*columns_of(RequirementVersion, VERSIONS, terms=cast(VERSIONS.c.terms, Text())))
    .select_from(requirements.outerjoin(VERSIONS, VERSIONS.c.requirement_id == requirements.c.id))
    .where(requirements.c.id == REQUIREMENT_ID)
    .order_by(VERSIONS.c.number)
)
NUMBER = [column.key for column in WHOLE.selected_columns].index("number")


@serves(RequirementVersions)
class SqlRequirementVersions:
    """What requirements ask, one statement a call."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def of(self, requirement_id: UUID) -> tuple[RequirementVersion, ...] | None:
        rows = await self._reads.rows(WHOLE, requirement_id=requirement_id)
        return tuple(version_of(row) for row in rows if row[NUMBER] is not None) if rows else None


# Locked, so that a module which is deleted at the same time is either missed here or kept by its reaction.
MODULES = select(modules.c.id).where(any_of(modules.c.id, "ids")).with_for_update(read=True, key_share=True)
LOCATIONS = select(locations.c.id).where(any_of(locations.c.id, "ids"))


@serves(NamedByTerms)
class SqlNamedByTerms:
    """What terms may name, in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def unknown(self, modules: Collection[UUID], locations: Collection[UUID]) -> frozenset[UUID]:
        session = await self._unit.session()
        unknown = {*modules, *locations}
        for statement, ids in ((MODULES, modules), (LOCATIONS, locations)):
            if ids:
                unknown.difference_update(await session.scalars(statement, {"ids": [*ids]}))
        return frozenset(unknown)
