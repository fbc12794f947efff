"""The history follows whatever changes users directly, in the same unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from application.kernel.access import Actor, ActorKind
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.reactions import reacts
from application.people.histories.ports import Histories
from domain.people.facts import FactSource, Origin
from domain.people.user_events import UserErased, UserReactivated, UsersDeactivated, UsersEdited, UsersRegistered

SOURCES = {
    ActorKind.USER: FactSource.PERSON,
    ActorKind.SERVICE_ACCOUNT: FactSource.SERVICE_ACCOUNT,
    ActorKind.SYSTEM: FactSource.SYSTEM,
}


def origin_of(actor: Actor, reason: str | None = None) -> Origin:
    """That the actor states it."""
    return Origin(SOURCES[actor.kind], actor.id, reason)


@reacts(UsersRegistered)
async def begin_histories(
    events: Sequence[UsersRegistered], actor: Actor, histories: Histories, ids: Ids, clock: Clock, calendar: Calendar
) -> None:
    """The histories of new people begin, on their day of hire or today."""
    for event in events:
        await histories.begin(event.user_ids, calendar.day_of(clock.now()), _origin(event, actor), ids.new)


@reacts(UsersEdited)
async def follow_edits(
    events: Sequence[UsersEdited], actor: Actor, histories: Histories, ids: Ids, clock: Clock, calendar: Calendar
) -> None:
    """Changed departments, titles, locations and days of hire hold from today in the histories of these people."""
    for event in events:
        origin = _origin(event, actor)
        await _follow(event.user_ids, origin, histories, ids, calendar.day_of(clock.now()))


@reacts(UsersDeactivated)
async def follow_deactivations(
    events: Sequence[UsersDeactivated], actor: Actor, histories: Histories, ids: Ids, clock: Clock, calendar: Calendar
) -> None:
    """The employment of people who were deactivated ends today."""
    user_ids = [user_id for event in events for user_id in event.user_ids]
    await _follow(user_ids, origin_of(actor), histories, ids, calendar.day_of(clock.now()))


@reacts(UserReactivated)
async def follow_reactivations(
    events: Sequence[UserReactivated], actor: Actor, histories: Histories, ids: Ids, clock: Clock, calendar: Calendar
) -> None:
    """People who were reactivated are employed again from today."""
    user_ids = [event.user_id for event in events]
    await _follow(user_ids, origin_of(actor), histories, ids, calendar.day_of(clock.now()))


@reacts(UserErased)
async def close_histories(
    events: Sequence[UserErased], actor: Actor, histories: Histories, ids: Ids, clock: Clock, calendar: Calendar
) -> None:
    """Positions and employment of people who were erased end today, and the reasons given for them are erased."""
    user_ids = [event.user_id for event in events]
    await _follow(user_ids, origin_of(actor), histories, ids, calendar.day_of(clock.now()))
    for user_id in user_ids:
        await histories.forget_reasons(user_id)


async def _follow(user_ids: Sequence[UUID], origin: Origin, histories: Histories, ids: Ids, today: date) -> None:
    found = await histories.many(user_ids, ids.new)
    for each in found:
        if each.is_erased:
            each.history.close(today, origin)
        else:
            each.history.follow(each.shown, today, origin)
    await histories.keep([each.history for each in found if each.history.has_news])


def _origin(event: UsersRegistered | UsersEdited, actor: Actor) -> Origin:
    # Of one person alone the batch is the person; only rosters edit and register several.
    if event.user_ids == (event.batch_id,):
        return origin_of(actor)
    return Origin(FactSource.ROSTER, actor.id)
