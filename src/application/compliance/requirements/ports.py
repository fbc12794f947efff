"""What the use cases of requirements, and those that compute what people owe, need of the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.compliance.requirement import Requirement, RequirementVersion


class Requirements(Protocol):
    """The requirements with all their versions."""

    async def get(self, requirement_id: UUID) -> Requirement:
        """Raises RequirementNotFound. What is changed is kept by `save`."""

    async def by_code(self, code: str) -> Requirement | None:
        """The requirement with this code, to be changed like that of `get`; None when there is no such one."""

    async def add(self, requirement: Requirement) -> None:
        """Raises RequirementCodeTaken, here or at commit."""

    async def save(self, requirement: Requirement) -> None:
        """Keep what was changed. Raises StaleVersion, here or at commit, if somebody else has changed it since."""

    async def asking_for(self, module_id: UUID) -> list[str]:
        """The codes of those of which a version, or the draft, names this module, in order."""

    async def job_codes(self) -> frozenset[str]:
        """The job codes that any version or draft names."""


class NamedByTerms(Protocol):
    """What the terms of requirements may name."""

    async def unknown(self, modules: Collection[UUID], locations: Collection[UUID]) -> frozenset[UUID]:
        """Those of these that are not there. The others stay there until the unit of work ends."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement as far as it concerns people: its approved versions, by number. `retired_on` is the first day on
    which none of them is in effect any more.
    """

    requirement_id: UUID
    code: str
    title: str
    retired_on: date | None
    versions: tuple[RequirementVersion, ...]


class RequirementRules(Protocol):
    """The rules by which it is computed what people owe."""

    async def approved(self) -> Sequence[Rule]:
        """Those with an approved version, by code, also retired ones and those not in effect yet: one statement."""


class KnownRules(Protocol):
    """The same for queries."""

    async def approved(self) -> Sequence[Rule]:
        """Those with an approved version, by code, also retired ones and those not in effect yet: one statement."""
