"""What the law gives people over their data: to have it shown, and to have it erased."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from application.access import Actor, Scope, administrators, anyone, scope_of
from application.bus import handles
from application.enrollments.queries import EnrolledModule, EnrollmentReader
from application.messages import Command, Query
from application.ports import Clock, Users
from application.users.queries import UserReader, UserView
from domain.aggregate import ExpectedVersions
from domain.users import OwnAccess, UserNotFound


@dataclass(slots=True)
class PersonalData:
    """What is held on a person: the profile, and every module that he or she is enrolled in, newest first."""

    profile: UserView
    enrollments: list[EnrolledModule]


@dataclass(frozen=True, slots=True)
class ExportPersonalData(Query[PersonalData]):
    """What is held on a person."""

    user_id: UUID


@handles(ExportPersonalData, allow=anyone)
async def export_personal_data(
    query: ExportPersonalData, actor: Actor, users: UserReader, enrollments: EnrollmentReader
) -> PersonalData:
    """Show what is held on a person to that person, and to compliance officers and administrators."""
    scope = scope_of(actor)
    if not scope.everyone:
        scope = Scope(everyone=False, user_id=actor.user_id)
    profile = await users.detail(scope, query.user_id)
    if profile is None:
        raise UserNotFound
    taken: list[EnrolledModule] = []
    page = await enrollments.of_user(scope, query.user_id, None, 200)
    while page is not None:
        taken += page.items
        page = await enrollments.of_user(scope, query.user_id, page.next, 200) if page.next else None
    return PersonalData(profile, taken)


@dataclass(frozen=True, slots=True)
class EraseUser(Command[UserView]):
    """Forget who a person is."""

    user_id: UUID
    expected_versions: ExpectedVersions = None


@handles(EraseUser, allow=administrators)
async def erase_user(command: EraseUser, actor: Actor, users: Users, clock: Clock) -> UserView:
    """Administrators erase a person's profile on request. Enrollments and records that the law asks for stay.

    The person cannot sign in any more; a new sign-in with the same address is a new person.
    """
    if command.user_id == actor.user_id:
        raise OwnAccess
    user = await users.get(command.user_id)
    user.require_version(command.expected_versions)
    user.erase(now=clock.now())
    return UserView.of(user)
