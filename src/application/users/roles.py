"""Giving roles at the command line, where the first administrator comes from."""

from __future__ import annotations

from dataclasses import dataclass

from application.access import Actor, the_system
from application.bus import handles
from application.messages import Command
from application.ports import Clock, Ids, Users
from domain.administrators import require_another
from domain.departments import UnknownDepartment, unknown_departments
from domain.users import Departments, Role, User
from domain.values import Email


@dataclass(slots=True)
class Granted:
    """Whether the person is new here, and the departments to be managed in which nobody works."""

    is_new: bool
    unknown_departments: list[UnknownDepartment]


@dataclass(frozen=True, slots=True)
class GrantRole(Command[Granted]):
    """Give the person with this address this role."""

    email: Email
    role: Role
    managed_departments: Departments = ()


@handles(GrantRole, allow=the_system, internal=True)
async def grant_role(command: GrantRole, actor: Actor, users: Users, ids: Ids, clock: Clock) -> Granted:
    """Operators give a person a role at the command line, and register the person if need be.

    At least one active administrator must remain. Departments in which nobody works are granted too;
    the answer names them.
    """
    unknown: list[UnknownDepartment] = []
    if command.managed_departments:
        unknown += unknown_departments(command.managed_departments, await users.departments())
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
        return Granted(True, unknown)
    if user.is_administrator and command.role is not Role.ADMIN:
        require_another(await users.administrators(), [user.id])
    user.grant(command.role, command.managed_departments, now=clock.now())
    return Granted(False, unknown)
