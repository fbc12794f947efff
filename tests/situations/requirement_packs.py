"""Situations in which files of requirements are loaded."""

from __future__ import annotations

from dataclasses import replace

from application.compliance.requirements.loading import LoadRequirements
from domain.compliance.written_requirements import WrittenRequirement
from situations import Sent, situation
from situations.requirements import CARD, in_force
from situations.stage import SYSTEM, TELLTALE, Stage

FILE = WrittenRequirement("bls", f"Life support {TELLTALE}", TELLTALE, CARD)


@situation(LoadRequirements)
async def a_new_one(stage: Stage) -> Sent:
    return LoadRequirements((FILE,)), SYSTEM


@situation(LoadRequirements)
async def one_that_asks_something_else(stage: Stage) -> Sent:
    await in_force(stage)
    return LoadRequirements((replace(FILE, terms=replace(CARD, notice_days=60)),)), SYSTEM
