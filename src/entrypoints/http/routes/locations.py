"""Routes of locations."""

from __future__ import annotations

from application.people.locations.commands import AddLocation, EditLocation
from application.people.locations.histories import ReadLocationHistory
from application.people.locations.names import ListLocationNames, ListUnmappedLocations, MapLocationText
from application.people.locations.queries import ListLocations, ReadLocation
from entrypoints.http.kit.routing import Tag, command_route, query_route
from entrypoints.http.routes.histories import WHEN, WHEN_EXAMPLES

TAG = Tag("locations", "The offices in which people work, with their state and time zone.")
ALL = "/locations"
NAMES = "/location-names"
ONE = f"{ALL}/{{location_id}}"

NEW_LOCATION = {
    "code": "TX-BU",
    "name": "Buda",
    "address": "1100 Main Street",
    "city": "Buda",
    "state": "TX",
    "postal_code": "78610",
    "time_zone": "America/Chicago",
    "opened_on": "2026-06-01",
}
WORDS = {
    "state": "Only locations in one of these states, by their two letters; may be repeated.",
    "city": "Only locations in one of these cities; case and accents do not matter. May be repeated.",
    "is_closed": "Whether the locations are closed today, after their last day.",
    "q": "Words that occur in code, name, city or address, in any order.",
}
MAPPING = {"text": "Rock, Round", "location_id": "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f"}
OF_LOCATION = {"location_id": "Only texts that mean this location, or one of these when it is repeated."}

ROUTES = [
    query_route(ALL, ListLocations, tag=TAG, words=WORDS),
    command_route("POST", ALL, AddLocation, status=201, location="/v1/locations/{id}", tag=TAG, example=NEW_LOCATION),
    query_route(ONE, ReadLocation, tag=TAG),
    command_route("PATCH", ONE, EditLocation, tag=TAG, example={"closed_on": "2027-12-31"}),
    query_route(f"{ONE}/history", ReadLocationHistory, tag=TAG, words=WHEN, examples=WHEN_EXAMPLES),
    query_route(NAMES, ListLocationNames, tag=TAG, words=OF_LOCATION),
    command_route("POST", NAMES, MapLocationText, tag=TAG, example=MAPPING),
    query_route(f"{NAMES}/unmapped", ListUnmappedLocations, tag=TAG),
]
