"""Situations in which requirements change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from application.compliance.requirements.commands import AddRequirement, EditRequirement, RetireRequirement
from application.compliance.requirements.versions import ApproveVersion, DiscardDraft, DraftVersion
from application.kernel.access import Actor
from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All
from domain.compliance.fulfillment import Courses, CourseSet, CredentialNeeded
from domain.compliance.schedule import Anchor, DaysAfter
from domain.compliance.terms import Terms
from domain.kernel.roles import Role
from situations import Sent, situation
from situations.stage import OFFICER, TELLTALE, Stage

SECOND = Actor(UUID(int=501), Role.COMPLIANCE)
"""Approves what the officer has drafted."""
CARD = Terms(audience=Audience(All(())), fulfillment=CredentialNeeded("bls"), first_due=DaysAfter(Anchor.EFFECTIVE, 30))
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def a_new_requirement(code: str = "bls", terms: Terms = CARD, **facts: Any) -> AddRequirement:
    """The message that adds a requirement of a card."""
    known = {"title": f"Life support {TELLTALE}", "effective_on": MAY, "note": TELLTALE}
    return AddRequirement(code, terms=terms, **{**known, **facts})


async def drafted(stage: Stage, **facts: Any) -> UUID:
    """The id of a requirement whose first version the officer has drafted."""
    requirement_id: UUID = (await stage.do(a_new_requirement(**facts), OFFICER)).id
    return requirement_id


async def in_force(stage: Stage, **facts: Any) -> UUID:
    """The id of a requirement whose first version has been approved."""
    requirement_id = await drafted(stage, **facts)
    await stage.do(ApproveVersion(requirement_id, 1), SECOND)
    return requirement_id


@situation(AddRequirement)
async def a_requirement_of_a_course(stage: Stage) -> Sent:
    course = await stage.course()
    return a_new_requirement(terms=replace(CARD, fulfillment=Courses(CourseSet((course.id,))))), OFFICER


@situation(EditRequirement)
async def another_title(stage: Stage) -> Sent:
    return EditRequirement(await drafted(stage), title="Basic life support"), OFFICER


@situation(EditRequirement)
async def another_day_of_a_draft(stage: Stage) -> Sent:
    return EditRequirement(await drafted(stage), effective_on=JUNE), OFFICER


@situation(EditRequirement)
async def something_else_than_what_was_approved(stage: Stage) -> Sent:
    return EditRequirement(await in_force(stage), effective_on=JUNE, note="As said."), OFFICER


@situation(DraftVersion)
async def a_second_version(stage: Stage) -> Sent:
    return DraftVersion(await in_force(stage), JUNE, "As said.", CARD), OFFICER


@situation(ApproveVersion)
async def a_draft_that_somebody_else_has_read(stage: Stage) -> Sent:
    return ApproveVersion(await drafted(stage), 1), SECOND


@situation(DiscardDraft)
async def a_draft_that_nobody_wants(stage: Stage) -> Sent:
    return DiscardDraft(await drafted(stage), 1), OFFICER


@situation(RetireRequirement)
async def a_requirement_that_is_over(stage: Stage) -> Sent:
    return RetireRequirement(await in_force(stage), date(2027, 1, 1)), OFFICER
