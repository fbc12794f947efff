"""Users show what their histories say of today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from application.kernel.access import Actor
from application.people.ports import Users
from application.people.reactivating import require_reactivation
from domain.people.administrators import require_another
from domain.people.histories import History, shown_by
from domain.people.user_errors import OwnAccess, UserIsErased


@dataclass(frozen=True, slots=True)
class Projection:
    """A history, and the day and the moment for which the user is to show it."""

    history: History
    today: date
    now: datetime


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
        return False
    if user.is_active != profile.is_active and user.is_administrator:
        require_another(await users.administrators(), [user.id])
    user.show(
        department=profile.work.department,
        job_title=profile.work.job_title,
        location=profile.work.location,
        hired_on=profile.hired_on,
        is_active=profile.is_active,
        now=projection.now,
    )
    return True
