"""The locations of the demonstration: ten offices in four states and three time zones."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from application.kernel.access import Actor
from application.people.locations.commands import AddLocation
from application.people.locations.queries import ListLocations, LocationView
from domain.kernel.states import State
from domain.people.locations import LocationCodeTaken
from entrypoints.bootstrap import Service
from entrypoints.http.kit.demonstration import Example
from entrypoints.http.routes.locations import NEW_LOCATION

_CENTRAL, _MOUNTAIN, _ARIZONA = "America/Chicago", "America/Denver", "America/Phoenix"
_OFFICES = (
    ("TX-RR", "Round Rock", "1500 Lake Creek Lane", State.TEXAS, "78681", _CENTRAL, date(2009, 1, 5)),
    ("TX-CP", "Cedar Park", "210 Discovery Street", State.TEXAS, "78613", _CENTRAL, date(2011, 4, 4)),
    ("TX-GT", "Georgetown", "84 University Avenue", State.TEXAS, "78626", _CENTRAL, date(2012, 9, 10)),
    ("TX-PF", "Pflugerville", "37 Pecan Street", State.TEXAS, "78660", _CENTRAL, date(2014, 2, 3)),
    ("TX-LE", "Leander", "902 Bagdad Road", State.TEXAS, "78641", _CENTRAL, date(2016, 6, 6)),
    ("TX-SM", "San Marcos", "415 Hopkins Street", State.TEXAS, "78666", _CENTRAL, date(2017, 8, 7)),
    ("OK-ED", "Edmond", "61 Broadway", State.OKLAHOMA, "73034", _CENTRAL, date(2018, 3, 5)),
    ("OK-NO", "Norman", "308 Main Street", State.OKLAHOMA, "73069", _CENTRAL, date(2019, 5, 6)),
    ("NM-LC", "Las Cruces", "720 Mesquite Street", State.NEW_MEXICO, "88001", _MOUNTAIN, date(2020, 1, 6)),
    ("AZ-TE", "Tempe", "19 Mill Avenue", State.ARIZONA, "85281", _ARIZONA, date(2021, 10, 4)),
)


async def add_locations(service: Service) -> int:
    """Add the offices, of which those that are there already stay; the number of new ones."""
    added = 0
    for code, name, address, state, postal_code, time_zone, opened_on in _OFFICES:
        with suppress(LocationCodeTaken):
            office = AddLocation(code, name, name, state, time_zone, address, postal_code, opened_on)
            await service.bus.execute(office, Actor.system())
            added += 1
    return added


async def location_examples(service: Service) -> dict[str, Example]:
    """An example for each operation on locations."""
    number, body = 1, dict(NEW_LOCATION)
    while await _called(service, str(body["name"])) is not None:
        number += 1
        body |= {"code": f"{NEW_LOCATION['code']}-{number}", "name": f"{NEW_LOCATION['name']} {number}"}
    shown = await _called(service, _OFFICES[-1][1])
    names = {} if shown is None else {"location_id": str(shown.id)}
    mapping = {} if shown is None else {"text": "Tempe, Mill Avenue", "location_id": str(shown.id)}
    return {
        "add_location": Example(body=body),
        "read_location": Example(names),
        "read_location_history": Example(names),
        "read_location_clearances": Example(names),
        "edit_location": Example(names),
        "map_location_text": Example(body=mapping),
    }


async def _called(service: Service, name: str) -> LocationView | None:
    found = (await service.bus.ask(ListLocations(q=name, limit=200), Actor.system())).items
    return next((each for each in found if each.name == name), None)
