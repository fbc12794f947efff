"""Whose title has changed has the job code that the new title means, however the title was changed."""

from __future__ import annotations

from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.people.job_codes.ports import JobTitles
from domain.people.user_events import UsersEdited, UsersRegistered, people_in_sets


@reacts(UsersRegistered)
async def new_people_have_the_code_of_their_title(
    events: tuple[UsersRegistered, ...], actor: Actor, titles: JobTitles
) -> None:
    """New people have the job code that their title means."""
    for some in people_in_sets(events):
        await titles.follow_people(some)


@reacts(UsersEdited)
async def changed_people_have_the_code_of_their_title(
    events: tuple[UsersEdited, ...], actor: Actor, titles: JobTitles
) -> None:
    """People whose data were changed have the job code that their title means now."""
    for some in people_in_sets(events):
        await titles.follow_people(some)
