"""Situations in which relief is requested, decided and ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from application.compliance.relief.commands import ApproveRelief, EndRelief, RejectRelief, RequestRelief
from application.compliance.relief.decrees import ApproveDecree, DecreeRelief, EndDecree, RejectDecree
from application.privacy.personal_data import EraseUser
from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.permitted_relief import ReliefKind, ReliefPermitted
from domain.compliance.relief import ReliefReason
from situations import Sent, situation
from situations.requirements import CARD, SECOND, in_force
from situations.stage import OFFICER, TELLTALE, Stage, learner

PERMISSIVE = replace(CARD, relief=ReliefPermitted(extension_days=60, waiver=True, medical=True, equivalent=True))
JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 10), date(2026, 8, 31)
STORM = LegalSource("Disaster proclamation of May 30, 2026", Basis.POLICY, "TX")


def asking(user_id: UUID, requirement_id: UUID, **facts: Any) -> RequestRelief:
    """The message that requests a waiver for the summer."""
    known = {"kind": ReliefKind.WAIVER, "reason": ReliefReason.ILLNESS, "note": TELLTALE}
    return RequestRelief(user_id, requirement_id, **{**known, "from_day": JUNE, "until": AUGUST, **facts})


def ordering(requirement_id: UUID, **whom: Any) -> DecreeRelief:
    """The message that decrees it."""
    waiver = (ReliefKind.WAIVER, ReliefReason.DISASTER)
    return DecreeRelief(requirement_id, *waiver, JUNE, STORM, until=AUGUST, note=TELLTALE, **whom)


async def requested(stage: Stage) -> UUID:
    """The id of relief that the officer has requested for somebody."""
    user_id = await stage.person()
    relief_id: UUID = (await stage.do(asking(user_id, await in_force(stage, terms=PERMISSIVE)), OFFICER)).id
    return relief_id


async def approved(stage: Stage) -> UUID:
    """The id of relief that somebody else has approved."""
    relief_id = await requested(stage)
    await stage.do(ApproveRelief(relief_id, TELLTALE), SECOND)
    return relief_id


async def decreed(stage: Stage) -> UUID:
    """The id of a decree for two people."""
    people = (await stage.person("ana"), await stage.person("ben"))
    decree = ordering(await in_force(stage, terms=PERMISSIVE), user_ids=people)
    decree_id: UUID = (await stage.do(decree, OFFICER)).id
    return decree_id


@situation(RequestRelief)
async def somebody_who_is_ill(stage: Stage) -> Sent:
    user_id = await stage.person()
    return asking(user_id, await in_force(stage, terms=PERMISSIVE)), learner(user_id)


@situation(ApproveRelief)
async def relief_that_somebody_else_has_requested(stage: Stage) -> Sent:
    return ApproveRelief(await requested(stage), TELLTALE), SECOND


@situation(RejectRelief)
async def relief_that_is_not_needed(stage: Stage) -> Sent:
    return RejectRelief(await requested(stage), TELLTALE), SECOND


@situation(EndRelief)
async def somebody_who_is_back_sooner(stage: Stage) -> Sent:
    return EndRelief(await approved(stage), JULY, TELLTALE), SECOND


@situation(EndRelief)
async def relief_that_should_not_have_been_given(stage: Stage) -> Sent:
    return EndRelief(await approved(stage), date(2026, 5, 1)), OFFICER


@situation(DecreeRelief)
async def a_storm_for_two_people(stage: Stage) -> Sent:
    people = (await stage.person("ana"), await stage.person("ben"))
    return ordering(await in_force(stage, terms=PERMISSIVE), user_ids=people), OFFICER


@situation(DecreeRelief)
async def a_storm_for_everybody(stage: Stage) -> Sent:
    await stage.person("ana")
    await stage.person("ben")
    return ordering(await in_force(stage, terms=PERMISSIVE), audience=Audience(All(()))), OFFICER


@situation(ApproveDecree)
async def a_decree_that_somebody_else_has_requested(stage: Stage) -> Sent:
    return ApproveDecree(await decreed(stage), TELLTALE), SECOND


@situation(RejectDecree)
async def a_storm_that_has_passed(stage: Stage) -> Sent:
    return RejectDecree(await decreed(stage), TELLTALE), SECOND


@situation(EndDecree)
async def a_storm_that_is_over(stage: Stage) -> Sent:
    decree_id = await decreed(stage)
    await stage.do(ApproveDecree(decree_id), SECOND)
    return EndDecree(decree_id, JULY), OFFICER


@situation(EraseUser)
async def somebody_with_notes_about_relief(stage: Stage) -> Sent:
    await approved(stage)
    return EraseUser(await stage.somebody()), OFFICER


@situation(EraseUser)
async def somebody_whose_relief_waits(stage: Stage) -> Sent:
    await requested(stage)
    return EraseUser(await stage.somebody()), OFFICER
