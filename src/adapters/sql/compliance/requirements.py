"""Requirements and their rules: map and repositories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, bindparam, cast, delete, exists, false, null, or_, select, type_coerce, union_all

from adapters.registry import serves
from adapters.sql.compliance.requirement_tables import TERMS, requirement_drafts, requirement_versions, requirements
from adapters.sql.kit.columns import columns_of, names_of
from adapters.sql.kit.mapping import map_class, maps, stored
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.types import Moment
from adapters.sql.kit.units import SqlUnit
from application.compliance.requirements.ports import KnownRules, RequirementRules, Requirements, Rule
from domain.compliance.requirement import Requirement, RequirementVersion
from domain.compliance.requirement_errors import RequirementNotFound
from domain.compliance.terms import Terms
from domain.compliance.terms_references import TermsReferences

MOST_TERMS = 2_000
"""Documents that are kept parsed."""


@maps
def map_requirements() -> None:
    """Map the class. Versions are written beside it: those that are approved never change."""
    map_class(Requirement, requirements, versioned=True)


APPROVED = columns_of(RequirementVersion, requirement_versions, terms=cast(requirement_versions.c.terms, Text()))
DRAFTS = columns_of(
    RequirementVersion,
    requirement_drafts,
    terms=cast(requirement_drafts.c.terms, Text()),
    approved_by=type_coerce(null(), Uuid()),
    approved_at=type_coerce(null(), Moment()),
    acknowledged=false(),
)
REQUIREMENT_ID = bindparam("requirement_id", type_=Uuid())
FIELDS = names_of(APPROVED)
VERSIONS = union_all(
    select(*APPROVED).where(requirement_versions.c.requirement_id == REQUIREMENT_ID),
    select(*DRAFTS).where(requirement_drafts.c.requirement_id == REQUIREMENT_ID),
).order_by("number")
RULES = (
    select(requirements.c.id, requirements.c.code, requirements.c.title, requirements.c.retired_on, *APPROVED)
    .join_from(requirement_versions, requirements)
    .order_by(requirements.c.code, requirement_versions.c.number)
)
_NAMED = bindparam("module_id", type_=Text())
ASKING = (
    select(requirements.c.code)
    .where(
        or_(
            *(
                exists().where(each.c.requirement_id == requirements.c.id, cast(each.c.terms, Text()).like(_NAMED))
                for each in (requirement_drafts, requirement_versions)
            )
        )
    )
    .order_by(requirements.c.code)
)
"""Nothing else in the terms has the id of a module."""
ALL_TERMS = union_all(*(select(cast(each.c.terms, Text())) for each in (requirement_drafts, requirement_versions)))
OF_RULE = 4
"""How many of the columns are the same in each version of a rule."""


@lru_cache(MOST_TERMS)
def terms_of(document: str) -> Terms:
    """The terms of this document: the same text always means the same."""
    return TERMS.load(msgspec.json.decode(document))


def version_of(row: Sequence[Any]) -> RequirementVersion:
    """The version in these columns, with its document unopened."""
    values = dict(zip(FIELDS, row, strict=True))
    return RequirementVersion(**{**values, "terms": terms_of(values["terms"])})


@serves(Requirements)
class SqlRequirements:
    """Requirements in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit
        self._written: dict[UUID, tuple[RequirementVersion, ...]] = {}
        """The versions as the database has them."""

    async def get(self, requirement_id: UUID) -> Requirement:
        found = await (await self._unit.session()).get(stored(Requirement), requirement_id)
        if found is None:
            raise RequirementNotFound
        return await self._whole(found)

    async def by_code(self, code: str) -> Requirement | None:
        session = await self._unit.session()
        found = await session.scalar(select(stored(Requirement)).where(requirements.c.code == code))
        return None if found is None else await self._whole(found)

    async def _whole(self, requirement: Requirement) -> Requirement:
        if requirement.id not in self._written:
            rows = await (await self._unit.session()).execute(VERSIONS, {"requirement_id": requirement.id})
            requirement.versions = self._written[requirement.id] = tuple(version_of(row) for row in rows)
            self._unit.touch(requirement)
        return requirement

    async def add(self, requirement: Requirement) -> None:
        await self._unit.add(requirement)
        await self._insert(requirement.id, requirement.versions)
        self._written[requirement.id] = requirement.versions

    async def save(self, requirement: Requirement) -> None:
        session = await self._unit.session()
        # First, so that its version guards what is written beside it.
        await session.flush()
        before = self._written[requirement.id]
        new = [each for each in requirement.versions if each not in before]
        if any(not each.is_approved and each not in requirement.versions for each in before):
            of_requirement = requirement_drafts.c.requirement_id == requirement.id
            await session.execute(delete(requirement_drafts).where(of_requirement))
        await self._insert(requirement.id, new)
        self._written[requirement.id] = requirement.versions

    async def asking_for(self, module_id: UUID) -> list[str]:
        session = await self._unit.session()
        return [*await session.scalars(ASKING, {"module_id": f"%{module_id}%"})]

    async def job_codes(self) -> frozenset[str]:
        documents = await (await self._unit.session()).scalars(ALL_TERMS)
        return frozenset(code for each in documents for _, code in TermsReferences.of(terms_of(each)).job_codes)

    async def _insert(self, requirement_id: UUID, versions: Sequence[RequirementVersion]) -> None:
        for table, approved in ((requirement_versions, True), (requirement_drafts, False)):
            names = [column.name for column in table.c if column.name != "requirement_id"]
            rows = [
                {"requirement_id": requirement_id, **{name: getattr(each, name) for name in names}}
                for each in versions
                if each.is_approved is approved
            ]
            if rows:
                await self._unit.insert(table, rows)


@serves(RequirementRules)
class SqlRequirementRules:
    """Approved versions, in the unit of work."""

    def __init__(self, unit: SqlUnit) -> None:
        self._unit = unit

    async def approved(self) -> list[Rule]:
        return _rules(await self._unit.fetch(RULES))


@serves(KnownRules)
class SqlKnownRules:
    """Approved versions, for queries."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def approved(self) -> list[Rule]:
        return _rules(await self._reads.rows(RULES))


def _rules(rows: Iterable[Sequence[Any]]) -> list[Rule]:
    return [
        Rule(requirement_id, code, title, retired_on, tuple(version_of(row[OF_RULE:]) for row in some))
        for (requirement_id, code, title, retired_on), some in groupby(rows, key=lambda row: tuple(row[:OF_RULE]))
    ]
