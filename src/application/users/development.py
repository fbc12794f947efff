"""DEVELOPMENT ONLY, until people sign in: the one person that every request comes from."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.access import Actor, the_system
from application.bus import handles
from application.messages import Command
from application.ports import Clock, Users
from domain.users import Role, User, UserNotFound


@dataclass(frozen=True, slots=True)
class EnsureDevelopmentUser(Command[None]):
    """There shall be a user with this id."""

    user_id: UUID


@handles(EnsureDevelopmentUser, allow=the_system, internal=True)
async def ensure_development_user(command: EnsureDevelopmentUser, actor: Actor, users: Users, clock: Clock) -> None:
    """The service makes sure that its development actor is a user, so that `me` is somebody."""
    try:
        await users.get(command.user_id)
    except UserNotFound:
        user = User(
            command.user_id,
            email="developer@unifieddental.example",
            full_name="Development Actor",
            role=Role.ADMIN,
            now=clock.now(),
        )
        await users.add(user)
