"""Giving roles at the command line, where the first administrator comes from."""

from __future__ import annotations

from dataclasses import dataclass

from application.access import Actor, the_system
from application.bus import handles
from application.messages import Command
from application.ports import Clock, Ids, Users
from domain.users import Departments, Role, User
from domain.values import Email


@dataclass(frozen=True, slots=True)
class GrantRole(Command[bool]):
    """The person with this address shall have this role; the result is whether he or she is new."""

    email: Email
    role: Role
    managed_departments: Departments = ()


@handles(GrantRole, allow=the_system, internal=True)
async def grant_role(command: GrantRole, actor: Actor, users: Users, ids: Ids, clock: Clock) -> bool:
    """Operators give a person a role at the command line, and register the person if need be."""
    user = await users.by_email(command.email.lower())
    if user is None:
        user = User(
            ids.new(),
            email=command.email,
            role=command.role,
            managed_departments=command.managed_departments,
            now=clock.now(),
        )
        await users.add(user)
        return True
    user.grant(command.role, command.managed_departments, now=clock.now())
    return False
