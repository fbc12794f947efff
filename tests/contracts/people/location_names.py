"""The contract of the names of locations, beyond that of any text."""

from __future__ import annotations

from datetime import date

from application.people.locations.ports import LocationNames
from contracts import about
from contracts.backend import Backend, save
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS
from domain.people.location_names import MeantLocation

CLOSED = date(2026, 2, 28)


@about(LocationNames)
class TestMeantLocations:
    async def test_what_matters_of_the_location_that_a_text_means(self, backend: Backend) -> None:
        await save(backend, a_location(1, time_zone="America/Denver", closed_on=CLOSED))
        await LOCATIONS.say(backend, 1, "Austin", location_id(1))
        for text, place in {
            "AUSTIN": MeantLocation(location_id(1), "Office 1", "America/Denver", CLOSED),
            "Dallas": None,
            None: None,
        }.items():
            assert await LOCATIONS.use(backend, lambda names, text=text: names.place(text)) == place  # type: ignore[misc]  # bound now
        places = await LOCATIONS.use(backend, lambda names: names.places(["Austin", "AUSTIN ", "Dallas"]))
        assert places == {"austin": MeantLocation(location_id(1), "Office 1", "America/Denver", CLOSED)}
