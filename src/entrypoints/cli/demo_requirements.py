"""Examples for the operations on requirements in the demonstration. Their rules concern nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

from application.compliance.requirements.commands import AddRequirement
from application.compliance.requirements.queries import ListRequirements, ReadRequirement, RequirementDetail
from application.compliance.requirements.versions import ApproveVersion
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.people.users.queries import ListUsers
from domain.compliance.audience_documents import parsed
from domain.compliance.fulfillment import CredentialNeeded
from domain.compliance.schedule import Anchor, DaysAfter
from domain.compliance.terms import Terms
from domain.kernel.roles import Role
from entrypoints.bootstrap import Service
from entrypoints.cli.demo import ADMINISTRATOR
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.requirements import NEW_REQUIREMENT

SINCE = date(2026, 1, 5)
TERMS = Terms(
    audience=parsed({"metadata": ["practice"], "is": True}),
    fulfillment=CredentialNeeded("bls"),
    first_due=DaysAfter(Anchor.EFFECTIVE, 30),
)


async def requirement_examples(service: Service) -> dict[str, Example]:
    """An example for each operation on requirements. Prepares what the examples need."""
    practice = _Practice(service)
    editing = await practice.requirement("editing", lambda each: each.retired_on is None)
    approving = await practice.requirement("approving", _waits)
    discarding = await practice.requirement("discarding", _waits)
    retiring = await practice.requirement("retiring", lambda each: each.retired_on is None)
    drafting = await practice.approved("drafting")
    return {
        "add_requirement": Example(body=await practice.new()),
        "read_requirement": _of(editing),
        "read_requirement_version": _of(editing),
        "explain_requirement": _of(editing),
        "edit_requirement": _of(editing),
        "retire_requirement": _of(retiring),
        "draft_version": _of(drafting),
        "discard_draft": _of(discarding),
        "approve_version": _of(approving),
    }


async def approved_requirement(service: Service, name: str) -> UUID:
    """The id of a requirement for practice with an approved version."""
    return (await _Practice(service).approved(name)).id


class _Practice:
    """Requirements for trying the interactive page; one that is used up is followed by another one."""

    def __init__(self, service: Service) -> None:
        self._bus: Bus = service.bus

    async def requirement(
        self, name: str, is_usable: Callable[[RequirementDetail], bool], *, approved: bool = False
    ) -> RequirementDetail:
        """The one of this name that is usable, or a new one with a draft."""
        known = await self._known()
        for number in count(1):
            code = f"practice_{name}" + ("" if number == 1 else f"_{number}")
            if code not in known:
                break
            found = await self._bus.ask(ReadRequirement(known[code]), Actor.system())
            if is_usable(found):
                return found
        new = AddRequirement(code, f"Practice: {name}", SINCE, "For trying the interactive page.", TERMS)
        added = await self._bus.execute(new, Actor.system())
        return await self._approve(added) if approved else added

    async def approved(self, name: str) -> RequirementDetail:
        """One with an approved version, and without a draft."""
        return await self.requirement(
            name,
            lambda each: each.retired_on is None and each.draft_number is None and each.approved_number is not None,
            approved=True,
        )

    async def new(self) -> dict[str, Any]:
        """The example of the document, with a code that no requirement has."""
        known = await self._known()
        codes = (str(NEW_REQUIREMENT["code"]) + ("" if number == 1 else f"_{number}") for number in count(1))
        return {**NEW_REQUIREMENT, "code": next(code for code in codes if code not in known)}

    async def _known(self) -> dict[str, UUID]:
        found: dict[str, UUID] = {}
        query = ListRequirements(limit=200)
        while True:
            page = await self._bus.ask(query, Actor.system())
            found |= {each.code: each.id for each in page.items}
            if page.next is None:
                return found
            query = ListRequirements(limit=200, cursor=page.next)

    async def _approve(self, requirement: RequirementDetail) -> RequirementDetail:
        (administrator,) = (await self._bus.ask(ListUsers(q=ADMINISTRATOR), Actor.system())).items
        actor = Actor(administrator.id, Role.ADMIN)
        return await self._bus.execute(ApproveVersion(requirement.id, requirement.draft_number or 1), actor)


def _waits(requirement: RequirementDetail) -> bool:
    return requirement.draft_number is not None


def _of(requirement: RequirementDetail) -> Example:
    number = requirement.draft_number or requirement.approved_number or 1
    return Example({"requirement_id": str(requirement.id), "number": str(number)})
