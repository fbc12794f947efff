"""Situations in which locations change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.people.locations.commands import AddLocation, EditLocation
from domain.kernel.states import State
from situations import Sent, situation
from situations.stage import OFFICER, TELLTALE, Stage


def a_new_location(code: str = "CP", **facts: Any) -> AddLocation:
    """The message that adds an office in Cedar Park."""
    known = {"name": f"Cedar Park {code}", "city": TELLTALE, "address": TELLTALE}
    return AddLocation(code, state=State.TEXAS, time_zone="America/Chicago", **{**known, **facts})


async def on_stage(stage: Stage, **facts: Any) -> UUID:
    """The id of a location that is there."""
    location_id: UUID = (await stage.do(a_new_location(**facts))).id
    return location_id


@situation(AddLocation)
async def a_new_office(stage: Stage) -> Sent:
    return a_new_location(responsible_id=await stage.person()), OFFICER


@situation(EditLocation)
async def another_city(stage: Stage) -> Sent:
    return EditLocation(await on_stage(stage), city="Leander"), OFFICER
