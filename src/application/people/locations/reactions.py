"""Where people work follows from the text of their location, however the text was written."""

from __future__ import annotations

from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.people.locations.ports import LocationNames
from domain.people.user_events import UsersEdited, UsersRegistered, people_in_sets


@reacts(UsersRegistered)
async def new_people_have_the_location_of_their_text(
    events: tuple[UsersRegistered, ...], actor: Actor, names: LocationNames
) -> None:
    """New people have the location that their text means."""
    for some in people_in_sets(events):
        await names.settle(some)


@reacts(UsersEdited)
async def changed_people_have_the_location_of_their_text(
    events: tuple[UsersEdited, ...], actor: Actor, names: LocationNames
) -> None:
    """People whose data were changed have the location that their text means now."""
    for some in people_in_sets(events):
        await names.settle(some)
