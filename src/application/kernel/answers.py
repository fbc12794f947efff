"""Housekeeping of the answers kept for repeated requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from application.kernel.access import Actor, the_system
from application.kernel.bus import ANSWERS_ARE_KEPT, Bus
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.schedule import scheduled
from application.kernel.units import Answers
from domain.kernel.schedules import Due, Every


@dataclass(frozen=True, slots=True)
class ForgetAnswers(Command[int]):
    """Delete the answers that are kept longer than necessary; the result is how many."""


@handles(ForgetAnswers, allow=the_system, internal=True)
async def forget_answers(command: ForgetAnswers, actor: Actor, answers: Answers) -> int:
    """The service forgets the answers of requests made more than 24 hours ago, by the database's clock."""
    return await answers.forget(ANSWERS_ARE_KEPT)


@scheduled("forget-answers", Every(timedelta(hours=1)))
async def forget_every_hour(due: Due, actor: Actor, bus: Bus) -> None:
    """The answers of requests made more than 24 hours ago are forgotten."""
    await bus.execute(ForgetAnswers(), actor)
