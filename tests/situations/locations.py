"""Situations in which locations change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.people.locations.commands import AddLocation, EditLocation
from application.people.locations.names import MapLocationText
from application.people.locations.reprojecting import ReprojectLocations
from domain.kernel.states import State
from situations import Sent, situation
from situations.stage import OFFICER, SYSTEM, TELLTALE, Stage


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


@situation(EditLocation)
async def a_city_that_was_another_one_all_the_time(stage: Stage) -> Sent:
    return EditLocation(await on_stage(stage), from_day=date(2020, 1, 1), reason=TELLTALE, city="Leander"), OFFICER


@situation(EditLocation)
async def a_name_for_next_week(stage: Stage) -> Sent:
    return EditLocation(await on_stage(stage), from_day=next_week(stage), name="Leander"), OFFICER


@situation(ReprojectLocations)
async def a_name_whose_day_has_come(stage: Stage) -> Sent:
    await stage.do(EditLocation(await on_stage(stage), from_day=next_week(stage), name="Leander"))
    stage.clock.advance(timedelta(days=8))
    return ReprojectLocations(), SYSTEM


def next_week(stage: Stage) -> date:
    return stage.now().date() + timedelta(days=7)


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
