"""The history follows each direct change of a user, in the same unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from application.kernel.access import Actor, ActorKind
from application.kernel.ports import Calendar, Clock, Ids
from application.kernel.reactions import reacts
from application.kernel.wiring import PortSet
from application.people.histories.ports import Histories
from application.people.histories.projecting import Projection, project
from application.people.ports import Users
from domain.people.administrators import LastAdministrator
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


@dataclass(frozen=True, slots=True)
class Followers(PortSet):
    """Lets histories follow users who were changed directly."""

    histories: Histories
    users: Users
    ids: Ids
    clock: Clock
    calendar: Calendar

    async def follow(self, user_ids: Sequence[UUID], origin: Origin) -> None:
        """What was changed of these users holds from today. What has begun or ended since is shown now."""
        now = self.clock.now()
        today = self.calendar.day_of(now)
        found = await self.histories.many(user_ids, self.ids.new)
        for each in found:
            if each.is_erased:
                each.history.close(today, origin)
            else:
                each.history.follow(each.shown, today, origin, shown_on=each.shown_on)
        added = [each for each in found if each.history.has_news]
        await self.histories.keep([each.history for each in added])
        present = [each for each in found if not each.is_erased and not each.is_merged]
        late = [each.history for each in present if each.history.profile(today) != each.shown]
        for history in late:
            with suppress(LastAdministrator):  # Who stays one, and goes on showing what was shown.
                await project(Projection(history, today, now), Actor.system(), self.users)
        if noted := [
            each.history.user_id
            for each in present
            if each.history.has_news and each.shown_on != today and each.history not in late
        ]:
            await self.histories.note_shown(noted, today)


@reacts(UsersEdited)
async def follow_edits(events: Sequence[UsersEdited], actor: Actor, followers: Followers) -> None:
    """Changed departments, titles, locations and days of hire hold from today in the histories of these people."""
    for event in events:
        await followers.follow(event.user_ids, _origin(event, actor))


@reacts(UsersDeactivated)
async def follow_deactivations(events: Sequence[UsersDeactivated], actor: Actor, followers: Followers) -> None:
    """The employment of people who were deactivated ends today."""
    await followers.follow([user_id for event in events for user_id in event.user_ids], origin_of(actor))


@reacts(UserReactivated)
async def follow_reactivations(events: Sequence[UserReactivated], actor: Actor, followers: Followers) -> None:
    """People who were reactivated are employed again from today."""
    await followers.follow([event.user_id for event in events], origin_of(actor))


@reacts(UserErased)
async def close_histories(events: Sequence[UserErased], actor: Actor, followers: Followers) -> None:
    """Positions and employment of people who were erased end today, and the reasons given for them are erased."""
    user_ids = [event.user_id for event in events]
    await followers.follow(user_ids, origin_of(actor))
    for user_id in user_ids:
        await followers.histories.forget_reasons(user_id)


def _origin(event: UsersRegistered | UsersEdited, actor: Actor) -> Origin:
    # Of one person alone the batch is the person; only rosters edit and register several.
    if event.user_ids == (event.batch_id,):
        return origin_of(actor)
    return Origin(FactSource.ROSTER, actor.id)
