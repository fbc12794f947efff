"""Which relief the requirements permit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.compliance.ports import ObligationStates
from application.compliance.requirements.ports import Requirements
from application.kernel.wiring import PortSet
from domain.compliance.relief import Relief
from domain.compliance.relief_limits import ReliefNotPermitted, limits_for


@dataclass(frozen=True, slots=True)
class PermittedRelief(PortSet):
    """What requirements permit their people, by the version that counts for each and by each one's due day."""

    requirements: Requirements
    states: ObligationStates

    async def require(self, relief: Relief) -> None:
        """Raises RequirementNotFound and ReliefNotPermitted."""
        for error in (await self.refused(relief.requirement_id, [relief])).values():
            raise error

    async def refused(self, requirement_id: UUID, reliefs: Sequence[Relief]) -> dict[UUID, ReliefNotPermitted]:
        """Why some of these, which are of this requirement, are not permitted, by their ids.

        Raises RequirementNotFound.
        """
        requirement = await self.requirements.get(requirement_id)
        states = await self.states.of_requirement(requirement.id, [each.person_id for each in reliefs])
        found = {}
        for each in reliefs:
            own = states.get(each.person_id, ())
            try:
                limits = limits_for(requirement.approved, requirement.retired_on, own, each.from_day)
                limits.require(each.kind, each.requested_until)
            except ReliefNotPermitted as error:
                found[each.id] = error
        return found
