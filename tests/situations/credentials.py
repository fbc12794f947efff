"""Situations in which credentials are submitted and decided about."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from application.evidence.credentials.commands import (
    RejectCredential,
    SubmitCredential,
    VerifyCredential,
    VoidCredential,
    WithdrawCredential,
)
from domain.kernel.states import State
from situations import Sent, situation
from situations.stage import OFFICER, TELLTALE, Stage, learner


async def _card(stage: Stage) -> SubmitCredential:
    """A card of somebody, whose issuer and number tell of the person."""
    day, user_id = stage.now().date(), await stage.person()
    return SubmitCredential(user_id, "bls", TELLTALE, day, date(day.year + 2, 1, 31), f"{TELLTALE} 7", State.TEXAS)


async def _submitted(stage: Stage) -> UUID:
    card = await _card(stage)
    credential_id: UUID = (await stage.do(card, learner(card.user_id))).id
    return credential_id


@situation(SubmitCredential)
async def a_new_card(stage: Stage) -> Sent:
    card = await _card(stage)
    return card, learner(card.user_id)


@situation(VerifyCredential)
async def a_card_that_is_genuine(stage: Stage) -> Sent:
    return VerifyCredential(await _submitted(stage)), OFFICER


@situation(RejectCredential)
async def a_card_that_is_not(stage: Stage) -> Sent:
    return RejectCredential(await _submitted(stage), f"Not {TELLTALE}'s."), OFFICER


@situation(WithdrawCredential)
async def a_card_with_a_mistyped_number(stage: Stage) -> Sent:
    credential_id = await _submitted(stage)
    return WithdrawCredential(credential_id, f"Not {TELLTALE}'s."), learner(await stage.somebody())


@situation(VoidCredential)
async def a_card_found_to_be_false(stage: Stage) -> Sent:
    credential_id = await _submitted(stage)
    await stage.do(VerifyCredential(credential_id), OFFICER)
    return VoidCredential(credential_id, f"Not {TELLTALE}'s."), OFFICER
