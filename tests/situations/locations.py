"""Situations in which locations change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from application.people.locations.commands import AddLocation, EditLocation
from application.people.locations.names import MapLocationText
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


@situation(AddLocation)
async def an_office_whose_name_people_have(stage: Stage) -> Sent:
    await stage.person(location=f"Cedar Park {TELLTALE}")
    return a_new_location(name=f"Cedar Park {TELLTALE}"), OFFICER


@situation(EditLocation)
async def another_name(stage: Stage) -> Sent:
    await stage.person(location="Leander")
    return EditLocation(await on_stage(stage), name="Leander"), OFFICER


@situation(MapLocationText)
async def a_text_that_people_have(stage: Stage) -> Sent:
    await stage.person(location="Park, Cedar")
    return MapLocationText("PARK, CEDAR", await on_stage(stage)), OFFICER


@situation(MapLocationText)
async def a_text_that_means_nothing_any_longer(stage: Stage) -> Sent:
    await stage.do(MapLocationText("The park", await on_stage(stage)))
    await stage.person(location="The park")
    return MapLocationText("the park", None), OFFICER
