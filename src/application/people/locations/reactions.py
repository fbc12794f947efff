"""Where people work follows from the text of their location, however the text was written."""

from __future__ import annotations

from uuid import UUID

from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.people.locations.ports import LocationNames
from domain.kernel.aggregate import in_sets
from domain.people.user_events import UsersEdited, UsersRegistered


@reacts(UsersRegistered)
async def new_people_have_the_location_of_their_text(
    events: tuple[UsersRegistered, ...], actor: Actor, names: LocationNames
) -> None:
    """New people have the location that their text means."""
    for some in in_sets(_people(events)):
        await names.settle(some)


@reacts(UsersEdited)
async def changed_people_have_the_location_of_their_text(
    events: tuple[UsersEdited, ...], actor: Actor, names: LocationNames
) -> None:
    """People whose data were changed have the location that their text means now."""
    for some in in_sets(_people(events)):
        await names.settle(some)


def _people(events: tuple[UsersRegistered, ...] | tuple[UsersEdited, ...]) -> list[UUID]:
    return list(dict.fromkeys(user_id for event in events for user_id in event.user_ids))
