"""Keeping people: registering, editing, deactivating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from application.kernel.access import Actor, administrators
from application.kernel.handlers import handles
from application.kernel.messages import UNSET, Command, Unset, changed_by, given
from application.kernel.ports import Clock, Ids, Typeface
from application.kernel.units import Events
from application.kernel.views import view_of
from application.kernel.wiring import PortSet
from application.people.histories.projecting import Presently
from application.people.job_codes.ports import JobTitles
from application.people.locations.ports import LocationNames
from application.people.ports import Staff, Users
from application.people.reactivating import require_reactivation
from application.people.users.queries import UserView
from domain.kernel.aggregate import ExpectedVersions
from domain.kernel.key_scopes import PersonRequired
from domain.kernel.roles import Role
from domain.kernel.values import Email, Items, PlausibleDay, ShortName
from domain.people.account_holders import Departments
from domain.people.administrators import LastAdministrator, require_another
from domain.people.bulk import Deactivation, Refusal
from domain.people.departments import UnknownDepartment, unknown_departments
from domain.people.histories import Profile, shown_by
from domain.people.names import EmployeeId
from domain.people.user_errors import EmailTaken, EmployeeIdTaken, OwnAccess, UserIsMerged, UserNotFound
from domain.people.user_events import UsersDeactivated
from domain.people.users import FullName, Metadata, User

GRANTED_BY_PEOPLE = "Only a person grants a role or departments to manage. Leave these fields out."


@dataclass(slots=True)
class KeptUser(UserView):
    """The person as kept, and what is perhaps not meant in what was entered.

    `unprintable` are the characters of the name that certificates show by a substitute or leave out; records keep it as
    written. `unknown_departments` are those of the departments to be managed in which nobody works.
    """

    unprintable: list[str]
    unknown_departments: list[UnknownDepartment]


@dataclass(frozen=True, slots=True)
class KeptUsers(PortSet):
    """What is answered about people as they are kept."""

    staff: Staff
    titles: JobTitles
    typeface: Typeface

    async def of(self, user: User, *, name: str | None, managed: Sequence[str]) -> KeptUser:
        """The answer, with warnings about the new name and departments."""
        return view_of(
            KeptUser,
            UserView.of(user),
            # As the reaction to the change stores it.
            job_code=await self.titles.meant(user.job_title),
            unprintable=list(self.typeface.lacks(name)) if name else [],
            unknown_departments=list(unknown_departments(managed, await self.staff.departments())) if managed else [],
        )


async def _find_location(user: User, names: LocationNames, now: datetime | None) -> None:
    """Let the user work where the text says. Raises InvalidValue for a location that is closed at this moment."""
    meant = await names.place(user.location)
    if meant is not None and now is not None:
        meant.require_open(now)
    user.location_id = None if meant is None else meant.id


@dataclass(frozen=True, slots=True)
class RegisterUser(Command[KeptUser]):
    """Register a person, who can then sign in with the same e-mail address.

    Somebody without an address needs an employee id or a full name.
    """

    email: Email | None = None
    full_name: FullName | None = None
    department: ShortName | None = None
    job_title: ShortName | None = None
    location: ShortName | None = None
    hired_on: PlausibleDay | None = None
    role: Role = Role.AUTHENTICATED
    profile_metadata: Metadata | None = None
    managed_departments: Departments = ()
    employee_id: EmployeeId | None = None


@handles(RegisterUser, allow=administrators, raises=(PersonRequired, EmailTaken, EmployeeIdTaken))
async def register_user(
    command: RegisterUser,
    actor: Actor,
    users: Users,
    names: LocationNames,
    kept: KeptUsers,
    ids: Ids,
    clock: Clock,
) -> KeptUser:
    """Administrators register a person.

    The answer warns about characters of the name that certificates cannot print, and about managed departments in which
    nobody works. A location that is closed is refused. A service account registers learners only.
    """
    if command.role is not Role.AUTHENTICATED or command.managed_departments:
        actor.require_person(GRANTED_BY_PEOPLE)
    user = User(
        ids.new(),
        email=command.email,
        employee_id=command.employee_id,
        full_name=command.full_name,
        department=command.department,
        job_title=command.job_title,
        location=command.location,
        hired_on=command.hired_on,
        role=command.role,
        profile_metadata=command.profile_metadata,
        managed_departments=command.managed_departments,
        now=clock.now(),
    )
    await _find_location(user, names, user.created_at)
    await users.add(user)
    return await kept.of(user, name=command.full_name, managed=command.managed_departments)


@dataclass(frozen=True, slots=True)
class EditUser(Command[KeptUser]):
    """Change the given fields of a person."""

    user_id: UUID
    expected_versions: ExpectedVersions = None
    email: Email | Unset | None = UNSET
    employee_id: EmployeeId | Unset | None = UNSET
    full_name: FullName | Unset | None = UNSET
    department: ShortName | Unset | None = UNSET
    job_title: ShortName | Unset | None = UNSET
    location: ShortName | Unset | None = UNSET
    hired_on: PlausibleDay | Unset | None = UNSET
    role: Role | Unset = UNSET
    is_active: bool | Unset = UNSET
    profile_metadata: Metadata | Unset = UNSET
    managed_departments: Departments | Unset = UNSET

    @property
    def changes_access(self) -> bool:
        """Whether it says something of what the person may do."""
        return any(value is not UNSET for value in (self.role, self.is_active, self.managed_departments))

    @property
    def grants_rights(self) -> bool:
        """Whether it names a role or departments to manage."""
        return self.role is not UNSET or self.managed_departments is not UNSET

    @property
    def ends_administration(self) -> bool:
        """Whether it takes the administrator role or the active state away."""
        return self.role not in (UNSET, Role.ADMIN) or self.is_active is False


@handles(
    EditUser,
    allow=administrators,
    raises=(OwnAccess, PersonRequired, UserNotFound, UserIsMerged, LastAdministrator, EmailTaken, EmployeeIdTaken),
)
async def edit_user(
    command: EditUser,
    actor: Actor,
    users: Users,
    names: LocationNames,
    presently: Presently,
    kept: KeptUsers,
    clock: Clock,
) -> KeptUser:
    """Administrators change a user's data, role and active state; of themselves only the data.

    The last active administrator stays one. If the sign-in was linked by its address alone and the person may now do
    more than learn, the sign-in waits until an administrator confirms it. The answer warns about a new name and new
    managed departments as it does at registration. A service account grants no rights.
    """
    if command.user_id == actor.user_id and command.changes_access:
        raise OwnAccess
    if command.grants_rights:
        actor.require_person(GRANTED_BY_PEOPLE)
    user = await users.get(command.user_id)
    user.require_version(command.expected_versions)
    now, shown = clock.now(), shown_by(user)
    await presently.show(user, now)
    changes = changed_by(command, user) | _unchanged(command, shown, shown_by(user))
    if changes["is_active"] and not user.is_active:
        require_reactivation(user, actor)
    if user.is_administrator and command.ends_administration:
        require_another(await users.administrators(), [user.id])
    before = user.location
    user.edit(now=now, **changes)
    if user.location != shown.work.location:
        await _find_location(user, names, now if user.location != before else None)
    return await kept.of(user, name=given(command.full_name, None), managed=given(command.managed_departments, ()))


def _unchanged(command: EditUser, shown: Profile, today: Profile) -> dict[str, Any]:
    """The fields that are given as the user showed them, and so as the user shows them today: nobody changes them."""
    before, now = shown.fields, today.fields
    return {name: now[name] for name in now if getattr(command, name) == before[name]}


@dataclass(slots=True)
class DeactivatedUsers:
    """How many people were deactivated, how many were inactive already, and who was refused, and why."""

    deactivated: int
    already_inactive: int
    refused: list[Refusal]


@dataclass(frozen=True, slots=True)
class DeactivateUsers(Command[DeactivatedUsers]):
    """Deactivate several people at once."""

    user_ids: Annotated[tuple[UUID, ...], Items(5_000, min=1)]


@handles(DeactivateUsers, allow=administrators, raises=(OwnAccess, LastAdministrator))
async def deactivate_users(
    command: DeactivateUsers, actor: Actor, users: Users, staff: Staff, events: Events, ids: Ids, clock: Clock
) -> DeactivatedUsers:
    """Administrators deactivate people, for example when they leave. Their records stay.

    Nobody may deactivate themselves, and at least one active administrator must remain.
    """
    if actor.user_id in command.user_ids:
        raise OwnAccess
    decision = Deactivation.decide(command.user_ids, await staff.active(command.user_ids))
    if decision.deactivate:
        require_another(await users.administrators(), decision.deactivate)
        deactivated = await staff.deactivate(decision.deactivate, clock.now())
        for event in UsersDeactivated.together(ids.new(), deactivated):
            events.record(event)
    return DeactivatedUsers(len(decision.deactivate), len(decision.already_inactive), list(decision.refused))
