"""Users show what their histories say of today."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

from application.kernel.access import Actor
from application.kernel.ports import Calendar, Ids
from application.kernel.wiring import PortSet
from application.people.histories.ports import Histories
from application.people.ports import Users
from application.people.reactivating import require_reactivation
from domain.people.administrators import LastAdministrator, require_another
from domain.people.histories import History, shown_by
from domain.people.user_errors import OwnAccess, UserIsErased
from domain.people.users import User


@dataclass(frozen=True, slots=True)
class Projection:
    """A history, and the day and the moment for which the user is to show it."""

    history: History
    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Presently(PortSet):
    """Lets a user show what has begun or ended meanwhile, before somebody changes the user."""

    histories: Histories
    users: Users
    ids: Ids
    calendar: Calendar

    async def show(self, user: User, now: datetime) -> None:
        """The last active administrator stays one, and goes on showing what was shown."""
        today = self.calendar.day_of(now)
        if user.shown_on is None or user.shown_on >= today or user.erased_at is not None:
            return
        (found,) = await self.histories.many([user.id], self.ids.new)
        with suppress(LastAdministrator):
            await project(Projection(found.history, today, now), Actor.system(), self.users)


async def project(projection: Projection, actor: Actor, users: Users) -> bool:
    """Let the user show the history. Whether anything is different now.

    Raises OwnAccess, LastAdministrator and PersonRequired where it changes whether the user is active, as for editing
    the user. Nobody can avoid these by planning it: the first and the last hold for what is to come as well. Raises
    UserIsErased.
    """
    user = await users.get(projection.history.user_id)
    if user.erased_at is not None:
        raise UserIsErased
    profile = projection.history.profile(projection.today)
    decided = projection.history.decided(projection.today)
    if user.is_active != profile.is_active:
        decided |= {profile.is_active}
    if decided and user.id == actor.user_id:
        raise OwnAccess
    if True in decided:
        require_reactivation(user, actor)
    if shown_by(user) == profile:
        user.shown_on = projection.today
        return False
    if user.is_active != profile.is_active and user.is_administrator:
        require_another(await users.administrators(), [user.id])
    user.show(**profile.fields, today=projection.today, now=projection.now)
    return True
