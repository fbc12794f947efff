"""Continuing education as the included file for California asks for it, met by certificates from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from adapters.files.requirement_packs import read_packs
from application.evidence.records.commands import RecordExternalTraining
from domain.compliance.fulfillment import HoursNeeded
from domain.compliance.requirement import RequirementVersion
from domain.compliance.standing import FulfillmentAxis
from domain.evidence.record_events import TrainingFormat
from kit.compliance import EVERYBODY, rule
from kit.packs import PACKS, names
from situations.stage import OFFICER
from worlds.memory import Timed
from worlds.owing import Owing

LIVE, VIDEO, ALONE = TrainingFormat.LIVE, TrainingFormat.LIVE_ONLINE, TrainingFormat.SELF_PACED
INFECTION, LAW, BLS = "ca_infection_control", "ca_dental_practice_act", "basic_life_support"
Certificate = tuple[float, str | None, TrainingFormat | None]


@pytest.fixture
def stage() -> Owing:
    world = Timed()
    return Owing(world.bus(), world.units, world.clock)


def units_of_an_assistant() -> RequirementVersion:
    """The rule of the file, for everybody."""
    written = (each.requirement for each in read_packs([PACKS / "california.yaml"], names()))
    (terms,) = (each.terms for each in written if each.code == "ca_rda_continuing_education")
    return replace(rule(since="2020-01-01"), terms=replace(terms, audience=EVERYBODY))


@pytest.mark.parametrize(
    ("certificates", "stands"),
    [
        ([(19, None, VIDEO), (6, BLS, LIVE), (2, INFECTION, ALONE), (2, LAW, None)], FulfillmentAxis.MET),
        # Only four of the six hours of basic life support count.
        ([(18, None, VIDEO), (6, BLS, LIVE), (2, INFECTION, ALONE), (1, LAW, ALONE)], FulfillmentAxis.UNMET),
        ([(21, None, VIDEO), (2, INFECTION, ALONE), (2, None, ALONE)], FulfillmentAxis.UNMET),
        # At least 12.5 hours must be live, and of these it is not known.
        ([(21, None, None), (2, INFECTION, ALONE), (2, LAW, ALONE)], FulfillmentAxis.UNMET),
        ([(8.5, None, ALONE), (12.5, None, LIVE), (2, INFECTION, ALONE), (2, LAW, ALONE)], FulfillmentAxis.MET),
    ],
    ids=["enough", "too much life support", "no law", "nobody knows whether live", "half of it live"],
)
async def test_certificates_carry_what_the_board_asks_for(
    stage: Owing, certificates: list[Certificate], stands: FulfillmentAxis
) -> None:
    version = units_of_an_assistant()
    assert isinstance(version.terms.fulfillment, HoursNeeded)
    await stage.approve(1, version)
    await stage.settle()
    kim = await stage.person(hired_on=date(2025, 3, 3), profile_metadata={"license_expires": "2027-01-31"})
    for number, (hours, category, format) in enumerate(certificates):
        training = RecordExternalTraining(
            kim,
            f"Course {number}",
            "Dental Learning",
            stage.today,
            credit_hours=hours,
            format=format,
            categories=(category,) if category else (),
        )
        await stage.do(training, OFFICER)
    assert await stage.differing() == []
    (state,) = [each for each in await stage.owes(kim) if each.covers(stage.today)]
    assert state.fulfillment is stands
