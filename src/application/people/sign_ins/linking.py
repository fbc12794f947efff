"""Linking and ending sign-ins, by an administrator or the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.kernel.access import Actor, administrators, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock
from application.people.finding import PersonKey, get_person
from application.people.ports import EndedSignIns, Users
from application.people.users.queries import UserView
from domain.kernel.aggregate import ExpectedVersions
from domain.people.account_holders import SignInNote
from domain.people.sign_in_errors import SignInNotLinked
from domain.people.sign_ins import EndedSignIn, EndReason, LinkReason
from domain.people.user_errors import OwnAccess, SupabaseIdTaken, UserInactive, UserIsMerged, UserNotFound
from domain.people.users import User


@dataclass(frozen=True, slots=True)
class LinkSignIn(Command[UserView]):
    """Link an account of Supabase Auth to a person: confirm a waiting sign-in, or replace another one."""

    user_id: UUID
    subject: UUID
    reason: LinkReason
    note: SignInNote | None = None
    expected_versions: ExpectedVersions = None


@handles(
    LinkSignIn, allow=administrators, raises=(OwnAccess, UserNotFound, UserIsMerged, UserInactive, SupabaseIdTaken)
)
async def link_sign_in(command: LinkSignIn, actor: Actor, users: Users, ended: EndedSignIns, clock: Clock) -> UserView:
    """Administrators link an account of Supabase Auth to a person, by the account's id; not to themselves.

    A sign-in that waits for confirmation is shown as `requested_sign_in`. One that was linked before is ended.
    """
    user = await _somebody_else(command.user_id, actor, users)
    user.require_version(command.expected_versions)
    await link(user, str(command.subject), command.reason, command.note, users, ended, clock.now())
    return UserView.of(user)


@dataclass(frozen=True, slots=True)
class UnlinkSignIn(Command[UserView]):
    """End a person's sign-in."""

    user_id: UUID
    reason: LinkReason
    note: SignInNote | None = None
    expected_versions: ExpectedVersions = None


@handles(UnlinkSignIn, allow=administrators, raises=(OwnAccess, UserNotFound, UserIsMerged, SignInNotLinked))
async def unlink_sign_in(
    command: UnlinkSignIn, actor: Actor, users: Users, ended: EndedSignIns, clock: Clock
) -> UserView:
    """Administrators end a person's sign-in, and decline one that waits; not their own.

    The same account can then be linked by an administrator only, no longer by its address. Another account with the
    same proven address is linked as usual.
    """
    user = await _somebody_else(command.user_id, actor, users)
    user.require_version(command.expected_versions)
    await _unlink(user, command.reason, command.note, ended, clock.now())
    return UserView.of(user)


@dataclass(frozen=True, slots=True)
class ConfirmSignIn(Command[str]):
    """The sign-in that waits, or this account, is that of the person with this address or employee id.

    The result is the id of the sign-in.
    """

    person: PersonKey
    subject: UUID | None = None
    reason: LinkReason = LinkReason.CONFIRMED


@handles(
    ConfirmSignIn,
    allow=the_system,
    internal=True,
    raises=(UserNotFound, UserInactive, SignInNotLinked, SupabaseIdTaken),
)
async def confirm_sign_in(command: ConfirmSignIn, actor: Actor, users: Users, ended: EndedSignIns, clock: Clock) -> str:
    """Operators link a sign-in at the command line, that of the first administrator above all."""
    user = await get_person(users, command.person)
    subject = str(command.subject) if command.subject else user.requested_sign_in
    if subject is None:
        raise SignInNotLinked("No sign-in is waiting: let the person sign in first, or name the account's id.")
    await link(user, subject, command.reason, None, users, ended, clock.now())
    return subject


@dataclass(frozen=True, slots=True)
class EndSignIn(Command[None]):
    """End the sign-in of the person with this address or employee id."""

    person: PersonKey
    reason: LinkReason


@handles(EndSignIn, allow=the_system, internal=True, raises=(UserNotFound, SignInNotLinked))
async def end_sign_in(command: EndSignIn, actor: Actor, users: Users, ended: EndedSignIns, clock: Clock) -> None:
    """Operators end a person's sign-in at the command line, and decline one that waits."""
    await _unlink(await get_person(users, command.person), command.reason, None, ended, clock.now())


async def _somebody_else(user_id: UUID, actor: Actor, users: Users) -> User:
    if user_id == actor.user_id:
        raise OwnAccess
    return await users.get(user_id)


async def link(
    user: User,
    subject: str,
    reason: LinkReason,
    note: str | None,
    users: Users,
    ended: EndedSignIns,
    now: datetime,
) -> None:
    """Link the sign-in to this person, and end the one before.

    Raises UserInactive, and SupabaseIdTaken when it is another person's.
    """
    if not user.is_active:
        raise UserInactive
    holder = await users.by_supabase_id(subject)
    if holder is not None and holder.id != user.id:
        raise SupabaseIdTaken
    if user.supabase_id and user.supabase_id != subject:
        await ended.end(user.supabase_id, EndedSignIn(user.id, EndReason.UNLINKED, now))
    await ended.reinstate(subject)
    user.link(subject, reason, note, now=now)


async def _unlink(user: User, reason: LinkReason, note: str | None, ended: EndedSignIns, now: datetime) -> None:
    for subject in user.unlink(reason, note, now=now):
        await ended.end(subject, EndedSignIn(user.id, EndReason.UNLINKED, now))
