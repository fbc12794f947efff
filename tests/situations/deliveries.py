"""Situations in which deliveries are sent again."""

from __future__ import annotations

from application.delivery.commands import ReplayDead, ReplayDelivery
from kit.delivering import a_dead_delivery
from situations import Sent, situation
from situations.stage import SYSTEM, Stage


@situation(ReplayDelivery)
async def one_that_was_given_up(stage: Stage) -> Sent:
    await stage.person()
    return ReplayDelivery(await a_dead_delivery(stage.units, stage.events)), SYSTEM


@situation(ReplayDead)
async def all_that_were_given_up(stage: Stage) -> Sent:
    await stage.person()
    await a_dead_delivery(stage.units, stage.events)
    return ReplayDead(), SYSTEM
