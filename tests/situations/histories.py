"""Situations in which the history of a person changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from application.people.histories.commands import (
    AddPosition,
    CorrectEmployment,
    CorrectPosition,
    EndPosition,
    RecordEmployment,
    WithdrawEmployment,
    WithdrawPosition,
)
from application.people.histories.queries import ListEmployment, ListPositions
from application.people.histories.reprojecting import CarryOutPlans, ReprojectUsers
from domain.people.employment import EmploymentState
from situations import Sent, situation
from situations.stage import OFFICER, SYSTEM, TELLTALE, Stage


def in_days(stage: Stage, days: int) -> Any:
    return stage.now().date() + timedelta(days)


async def employed(stage: Stage) -> tuple[UUID, UUID, UUID]:
    """Somebody with a position and a day of hire, a year ago; the ids of all three."""
    user_id = await stage.person(hired_on=in_days(stage, -365))
    (position,) = (await stage.bus.ask(ListPositions(user_id), SYSTEM)).items
    (state,) = (await stage.bus.ask(ListEmployment(user_id), SYSTEM)).items
    return user_id, position.position_id, state.id


@situation(AddPosition)
async def a_transfer_today(stage: Stage) -> Sent:
    user_id, _, _ = await employed(stage)
    return (
        AddPosition(user_id, in_days(stage, 0), department="Front Desk", transfer=True, reason=TELLTALE),
        OFFICER,
    )


@situation(AddPosition)
async def a_second_position_in_the_past(stage: Stage) -> Sent:
    user_id, _, _ = await employed(stage)
    days = in_days(stage, -30), in_days(stage, -20)
    return AddPosition(user_id, *days, location=TELLTALE, is_primary=False), OFFICER


@situation(EndPosition)
async def a_position_that_has_ended(stage: Stage) -> Sent:
    user_id, position_id, _ = await employed(stage)
    return EndPosition(user_id, position_id, in_days(stage, -1)), OFFICER


@situation(CorrectPosition)
async def a_title_that_was_another(stage: Stage) -> Sent:
    user_id, position_id, _ = await employed(stage)
    return CorrectPosition(user_id, position_id, TELLTALE, job_title="Assistant"), OFFICER


@situation(WithdrawPosition)
async def a_position_that_never_was(stage: Stage) -> Sent:
    user_id, position_id, _ = await employed(stage)
    return WithdrawPosition(user_id, position_id, TELLTALE), OFFICER


@situation(RecordEmployment)
async def somebody_who_has_left(stage: Stage) -> Sent:
    user_id, _, _ = await employed(stage)
    return RecordEmployment(user_id, EmploymentState.LEFT, in_days(stage, -1)), OFFICER


@situation(RecordEmployment)
async def a_leave_that_is_planned(stage: Stage) -> Sent:
    user_id, _, _ = await employed(stage)
    return RecordEmployment(user_id, EmploymentState.ON_LEAVE, in_days(stage, 30), TELLTALE), OFFICER


@situation(CorrectEmployment)
async def another_day_of_hire(stage: Stage) -> Sent:
    user_id, _, state_id = await employed(stage)
    return CorrectEmployment(user_id, state_id, TELLTALE, from_day=in_days(stage, -300)), OFFICER


@situation(WithdrawEmployment)
async def a_hire_that_never_was(stage: Stage) -> Sent:
    user_id, _, state_id = await employed(stage)
    return WithdrawEmployment(user_id, state_id, TELLTALE), OFFICER


@situation(ReprojectUsers)
async def a_transfer_whose_day_has_come(stage: Stage) -> Sent:
    user_id, _, _ = await employed(stage)
    await stage.do(AddPosition(user_id, in_days(stage, 3), department="Front Desk", transfer=True))
    stage.clock.advance(timedelta(days=3))
    return ReprojectUsers(), SYSTEM


@situation(CarryOutPlans)
async def a_transfer_and_a_second_position_whose_day_has_come(stage: Stage) -> Sent:
    user_id, _, _ = await employed(stage)
    await stage.do(AddPosition(user_id, in_days(stage, 3), department="Front Desk", transfer=True))
    await stage.do(AddPosition(user_id, in_days(stage, 2), department="Lab", is_primary=False))
    stage.clock.advance(timedelta(days=3))
    return CarryOutPlans((user_id,)), SYSTEM
