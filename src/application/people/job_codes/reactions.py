"""Whose title has changed has the job code that the new title means, however the title was changed."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from application.kernel.access import Actor
from application.kernel.reactions import reacts
from application.people.job_codes.ports import JobTitles
from domain.kernel.aggregate import in_sets
from domain.people.user_events import UsersEdited, UsersEvent, UsersRegistered


@reacts(UsersRegistered)
async def new_people_have_the_code_of_their_title(
    events: tuple[UsersRegistered, ...], actor: Actor, titles: JobTitles
) -> None:
    """New people have the job code that their title means."""
    for some in in_sets(_people(events)):
        await titles.follow_people(some)


@reacts(UsersEdited)
async def changed_people_have_the_code_of_their_title(
    events: tuple[UsersEdited, ...], actor: Actor, titles: JobTitles
) -> None:
    """People whose data were changed have the job code that their title means now."""
    for some in in_sets(_people(events)):
        await titles.follow_people(some)


def _people(events: Iterable[UsersEvent]) -> list[UUID]:
    return list(dict.fromkeys(user_id for event in events for user_id in event.user_ids))
