"""What the law gives people over their data: to have it shown, and to have it erased."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from application.access import Actor, Scope, administrators, anyone, scope_of
from application.bus import handles
from application.certificates.queries import CertificateReader, CertificateView
from application.enrollments.queries import EnrolledModule, EnrollmentReader
from application.messages import Command, Cursor, Page, Query
from application.ports import Clock, EndedSignIns, Users
from application.records.queries import RecordReader, RecordView
from application.users.queries import UserReader, UserView
from domain.administrators import require_another
from domain.aggregate import ExpectedVersions
from domain.sign_ins import EndedSignIn, EndReason
from domain.users import OwnAccess, UserNotFound

T = TypeVar("T")


@dataclass(slots=True)
class PersonalData:
    """What is held on a person: the profile, and every enrollment, training record and certificate, newest first."""

    profile: UserView
    enrollments: list[EnrolledModule]
    records: list[RecordView]
    certificates: list[CertificateView]


@dataclass(frozen=True, slots=True)
class ExportPersonalData(Query[PersonalData]):
    """What is held on a person."""

    user_id: UUID


@handles(ExportPersonalData, allow=anyone)
async def export_personal_data(
    query: ExportPersonalData,
    actor: Actor,
    users: UserReader,
    enrollments: EnrollmentReader,
    records: RecordReader,
    certificates: CertificateReader,
    clock: Clock,
) -> PersonalData:
    """Show what is held on a person to that person, and to compliance officers and administrators."""
    scope = scope_of(actor)
    if not scope.everyone:
        scope = Scope(everyone=False, user_id=actor.user_id)
    profile = await users.detail(scope, query.user_id)
    if profile is None:
        raise UserNotFound
    today = clock.now().date()
    certified = await _all(lambda after: certificates.of_user(scope, query.user_id, after, 200))
    return PersonalData(
        profile,
        enrollments=await _all(lambda after: enrollments.of_user(scope, query.user_id, after, 200)),
        records=await _all(lambda after: records.of_user(scope, query.user_id, after, 200)),
        certificates=[each.view(today) for each in certified],
    )


async def _all(read: Callable[[Cursor | None], Awaitable[Page[T] | None]]) -> list[T]:
    """The items of every page."""
    found: list[T] = []
    page = await read(None)
    while page is not None:
        found += page.items
        page = await read(page.next) if page.next else None
    return found


@dataclass(frozen=True, slots=True)
class EraseUser(Command[UserView]):
    """Forget who a person is."""

    user_id: UUID
    expected_versions: ExpectedVersions = None


@handles(EraseUser, allow=administrators)
async def erase_user(command: EraseUser, actor: Actor, users: Users, ended: EndedSignIns, clock: Clock) -> UserView:
    """Administrators erase a person's profile on request. What the law asks to be kept stays as it was.

    These are enrollments, attempts, training records, classroom sessions and certificates: records show name, job
    title, department and location as they were then, and a certificate can still be verified. The person's
    sign-in opens nothing any more, nor does one that had ended before. Another sign-in with the same address is a new
    person, where people of its domain come in at all: the address is not remembered.
    """
    if command.user_id == actor.user_id:
        raise OwnAccess
    user = await users.get(command.user_id)
    user.require_version(command.expected_versions)
    if user.is_administrator:
        require_another(await users.administrators(), [user.id])
    now = clock.now()
    for subject in (user.supabase_id, user.requested_sign_in):
        if subject:
            await ended.end(subject, EndedSignIn(user.id, EndReason.ERASED, now))
    await ended.seal(user.id)
    user.erase(now=now)
    return UserView.of(user)
