"""People have what their texts mean, however the texts were written."""

from __future__ import annotations

from collections.abc import Iterable

from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationNames
from domain.people.user_events import UsersEdited, UsersEvent, UsersRegistered, people_in_sets


@reacts(UsersRegistered)
async def new_people_have_what_their_texts_mean(
    events: tuple[UsersRegistered, ...], actor: Actor, names: LocationNames, titles: JobTitles
) -> None:
    """New people have the location and the job code that their texts mean."""
    await _settle(events, names, titles)


@reacts(UsersEdited)
async def changed_people_have_what_their_texts_mean(
    events: tuple[UsersEdited, ...], actor: Actor, names: LocationNames, titles: JobTitles
) -> None:
    """People whose data were changed have the location and the job code that their texts mean now."""
    await _settle(events, names, titles)


async def _settle(events: Iterable[UsersEvent], names: LocationNames, titles: JobTitles) -> None:
    for some in people_in_sets(events):
        await names.settle(some)
        await titles.settle(some)
