"""Requirements and their rules in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES
from adapters.memory.kit.store import MemoryStore, MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Unique, newest_first
from adapters.memory.people.locations import LOCATIONS
from adapters.registry import serves
from application.compliance.requirements.explaining import RequirementVersions
from application.compliance.requirements.ports import KnownRules, NamedByTerms, RequirementRules, Requirements, Rule
from application.compliance.requirements.queries import (
    RequirementDetail,
    RequirementFilter,
    RequirementReader,
    RequirementSummary,
)
from application.kernel.messages import Cursor, Page
from domain.compliance.requirement import Requirement, RequirementVersion
from domain.compliance.requirement_errors import RequirementCodeTaken, RequirementNotFound
from domain.compliance.terms_references import TermsReferences

CODE: Unique[Requirement] = Unique(lambda requirement: requirement.code, RequirementCodeTaken)
REQUIREMENTS = MemoryTable[UUID, Requirement]("requirements", CODE)


@serves(Requirements)
class MemoryRequirements:
    """Implements application.compliance.requirements.ports.Requirements."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._requirements = unit.draft(REQUIREMENTS)

    async def get(self, requirement_id: UUID) -> Requirement:
        requirement = self._requirements.load(requirement_id)
        if requirement is None:
            raise RequirementNotFound
        return requirement

    async def by_code(self, code: str) -> Requirement | None:
        return self._requirements.load_by(CODE, code)

    async def add(self, requirement: Requirement) -> None:
        self._requirements.put(requirement.id, requirement)

    async def save(self, requirement: Requirement) -> None:
        """What was loaded is kept anyway."""

    async def asking_for(self, module_id: UUID) -> list[str]:
        return sorted(each.code for each in self._requirements.rows() if _names(each, module_id))

    async def job_codes(self) -> frozenset[str]:
        versions = (version for each in self._requirements.rows() for version in each.versions)
        return frozenset(code for each in versions for _, code in TermsReferences.of(each.terms).job_codes)


def _names(requirement: Requirement, module_id: UUID) -> bool:
    named = [TermsReferences.of(each.terms).modules for each in requirement.versions]
    return any(id == module_id for modules in named for _, id in modules)


@serves(NamedByTerms)
class MemoryNamedByTerms:
    """Implements application.compliance.requirements.ports.NamedByTerms."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._modules = unit.draft(MODULES)
        self._locations = unit.draft(LOCATIONS)

    async def unknown(self, modules: Collection[UUID], locations: Collection[UUID]) -> frozenset[UUID]:
        return frozenset(
            [
                *(each for each in modules if each not in self._modules),
                *(each for each in locations if each not in self._locations),
            ]
        )


@serves(RequirementRules)
class MemoryRequirementRules:
    """Implements application.compliance.requirements.ports.RequirementRules."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._requirements = unit.draft(REQUIREMENTS)

    async def approved(self) -> list[Rule]:
        return _rules(self._requirements.rows())


@serves(KnownRules)
class MemoryKnownRules:
    """Implements application.compliance.requirements.ports.KnownRules."""

    def __init__(self, store: MemoryStore) -> None:
        self._requirements = store.table(REQUIREMENTS)

    async def approved(self) -> list[Rule]:
        return _rules(self._requirements.rows())


def _rules(requirements: Iterable[Requirement]) -> list[Rule]:
    return [
        Rule(each.id, each.code, each.title, each.retired_on, each.approved)
        for each in sorted(requirements, key=lambda requirement: requirement.code)
        if each.approved
    ]


@serves(RequirementVersions)
class MemoryRequirementVersions:
    """Implements application.compliance.requirements.explaining.RequirementVersions."""

    def __init__(self, store: MemoryStore) -> None:
        self._requirements = store.table(REQUIREMENTS)

    async def of(self, requirement_id: UUID) -> tuple[RequirementVersion, ...] | None:
        requirement = self._requirements.peek(requirement_id)
        return None if requirement is None else requirement.versions


@serves(RequirementReader)
class MemoryRequirementReader:
    """Implements application.compliance.requirements.queries.RequirementReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._requirements = store.table(REQUIREMENTS)

    async def page(self, where: RequirementFilter, after: Cursor | None, limit: int) -> Page[RequirementSummary]:
        rows = (each for each in self._requirements.rows() if _fits(each, where))
        return newest_first(
            rows, lambda each: (each.created_at, each.id), RequirementSummary.of, after=after, limit=limit
        )

    async def detail(self, requirement_id: UUID) -> RequirementDetail | None:
        requirement = self._requirements.peek(requirement_id)
        return None if requirement is None else RequirementDetail.of(requirement)


def _fits(requirement: Requirement, where: RequirementFilter) -> bool:
    return (where.retiring is None or requirement.is_retired_on(where.retiring.day) is where.retiring.is_retired) and (
        where.has_draft is None or (requirement.drafted is not None) is where.has_draft
    )
