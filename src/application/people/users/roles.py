"""Assigning roles at the command line; this is how the first administrator is made."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.people.finding import PersonKey, find_person
from application.people.ports import EndedSignIns, Staff, Users
from application.people.sign_ins.linking import link
from domain.kernel.roles import Role
from domain.kernel.values import Email, fits
from domain.people.account_holders import Departments
from domain.people.administrators import LastAdministrator, require_another
from domain.people.departments import UnknownDepartment, unknown_departments
from domain.people.sign_ins import LinkReason
from domain.people.user_errors import EmailTaken, SupabaseIdTaken, UserInactive, UserNotFound
from domain.people.users import User

UNKNOWN = "There is no user with this employee id. Somebody new needs an e-mail address such as ana@example.com."


@dataclass(slots=True)
class Granted:
    """Whether the user is new, which managed departments are unknown, and whether a sign-in waits for confirmation."""

    is_new: bool
    unknown_departments: list[UnknownDepartment]
    sign_in_waits: bool = False


@dataclass(frozen=True, slots=True)
class GrantRole(Command[Granted]):
    """Give the person with this address or employee id this role; with `subject`, link that account as well."""

    person: PersonKey
    role: Role
    managed_departments: Departments = ()
    subject: UUID | None = None


@handles(
    GrantRole,
    allow=the_system,
    internal=True,
    raises=(UserNotFound, LastAdministrator, UserInactive, EmailTaken, SupabaseIdTaken),
)
async def grant_role(
    command: GrantRole, actor: Actor, users: Users, staff: Staff, ended: EndedSignIns, ids: Ids, clock: Clock
) -> Granted:
    """Operators give a person a role at the command line, and register who has an address that is new here.

    At least one active administrator must remain. Departments in which nobody works are granted too;
    the answer names them. A sign-in that was linked by its address alone waits for confirmation if the role is more
    than a learner's, unless the command names it.
    """
    now = clock.now()
    unknown: list[UnknownDepartment] = []
    if command.managed_departments:
        unknown += unknown_departments(command.managed_departments, await staff.departments())
    user = await find_person(users, command.person)
    is_new = user is None
    if user is None:
        if not fits(Email, command.person):
            raise UserNotFound(UNKNOWN)
        user = User(
            ids.new(),
            email=command.person,
            role=command.role,
            managed_departments=command.managed_departments,
            now=now,
        )
        await users.add(user)
    elif user.is_administrator and command.role is not Role.ADMIN:
        require_another(await users.administrators(), [user.id])
    if command.subject:
        await link(user, str(command.subject), LinkReason.CONFIRMED, None, users, ended, now)
    user.grant(command.role, command.managed_departments, now=now)
    return Granted(is_new, unknown, user.requested_sign_in is not None)
