"""Requirements and their rules in memory."""

from __future__ import annotations

from uuid import UUID

from adapters.memory.kit.store import MemoryUnit
from adapters.memory.kit.tables import MemoryTable, Unique
from adapters.registry import serves
from application.compliance.requirements.ports import RequirementRules, Requirements, Rule
from domain.compliance.requirement import Requirement
from domain.compliance.requirement_errors import RequirementCodeTaken, RequirementNotFound

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


@serves(RequirementRules)
class MemoryRequirementRules:
    """Implements application.compliance.requirements.ports.RequirementRules."""

    def __init__(self, unit: MemoryUnit) -> None:
        self._requirements = unit.draft(REQUIREMENTS)

    async def approved(self) -> list[Rule]:
        return [
            Rule(each.id, each.code, each.title, each.retired_on, each.approved)
            for each in sorted(self._requirements.rows(), key=lambda requirement: requirement.code)
            if each.approved
        ]
