"""The accounts of Supabase Auth: what it tells the service of them, and what it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from application.kernel.access import Actor, the_system
from application.kernel.handlers import handles
from application.kernel.messages import Command, Query
from application.kernel.ports import Clock, Ids
from application.people.ports import EndedSignIns, Users
from application.people.sign_ins.identity import address_of, name_of
from application.people.sign_ins.signing_in import People, free_address
from domain.kernel.roles import Role
from domain.kernel.values import Email
from domain.people.administrators import LastAdministrator, require_another
from domain.people.sign_ins import Admission, EndedSignIn, EndReason, is_behind
from domain.people.user_errors import EmailTaken, SupabaseIdTaken
from domain.people.users import FullName, User


@dataclass(frozen=True, slots=True)
class Account:
    """An account of Supabase Auth as of some moment, of which we look at nothing more than this.

    `email`, in lower case, and `full_name` are None when the account has none that we could keep.
    `email_confirmed` tells whether the address is proven to be the person's.
    """

    subject: str
    email: Email | None
    email_confirmed: bool
    last_sign_in: datetime | None = None
    full_name: FullName | None = None
    as_of: datetime | None = None

    @classmethod
    def reported(
        cls,
        subject: UUID,
        *,
        email: str | None,
        email_confirmed_at: datetime | None,
        confirms_email: bool,
        last_sign_in: datetime | None,
        metadata: object,
        as_of: datetime | None,
    ) -> Account:
        """The account as Supabase reports it, by webhook or admin API.

        With `confirms_email` the project lets nobody in before the address is confirmed. Elsewhere every address
        is marked as confirmed at once, so the mark proves nothing.
        """
        return cls(
            subject=str(subject),
            email=address_of(email),
            email_confirmed=confirms_email and email_confirmed_at is not None,
            last_sign_in=last_sign_in,
            full_name=name_of(metadata),
            as_of=as_of,
        )


class Directory(Protocol):
    """All accounts of Supabase Auth."""

    def accounts(self) -> AsyncIterator[Account]:
        """Every account that is not deleted; one that comes or goes meanwhile may be missing."""

    async def has(self, subject: str) -> bool:
        """Whether there is this account, and it is not deleted."""


class Followed(StrEnum):
    """What following an account came to."""

    CREATED = "created"
    LINKED = "linked"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    """An administrator must confirm the sign-in."""
    IGNORED = "ignored"
    DEACTIVATED = "deactivated"
    WITHDRAWN = "withdrawn"
    """The account of the waiting sign-in was deleted."""
    KEPT = "kept"
    """The account was deleted, but its user is the last active administrator."""


@dataclass(frozen=True, slots=True)
class FollowAccount(Command[Followed]):
    """The account is like this now. With `dry_run` only say what would be done."""

    account: Account
    dry_run: bool = False


@handles(FollowAccount, allow=the_system, internal=True, raises=(EmailTaken, SupabaseIdTaken))
async def follow_account(
    command: FollowAccount,
    actor: Actor,
    users: Users,
    ended: EndedSignIns,
    admission: Admission,
    ids: Ids,
    clock: Clock,
) -> Followed:
    """The service makes the user of an account, links it by confirmed e-mail, or brings it up to date.

    An account without a confirmed address is ignored until it has one: it could be anybody's. So is one whose
    address belongs to a user with another sign-in or who was deactivated, one that was ended here, and one of somebody
    who is not on the roster and whose domain is not admitted. The account of somebody who may do more than learn
    waits for an administrator.
    """
    account, email, now = command.account, command.account.email, clock.now()
    user = await users.by_supabase_id(account.subject)
    if user is None and email is not None and account.email_confirmed:
        before = await ended.of(account.subject)
        if before and not before.begins_anew(account.as_of):
            return Followed.IGNORED
        user = await users.by_email(email)
        if before and (user is None or user.id != before.user_id):
            return Followed.IGNORED
    if user is not None and user.supabase_id == account.subject:
        outcome = Followed.UPDATED
        email = await free_address(users, user, email)
        if not is_behind(user, email, account.email_confirmed, account.last_sign_in, account.as_of):
            return Followed.UNCHANGED
    elif email is None or not account.email_confirmed:
        return Followed.IGNORED
    elif user is None:
        if await users.by_requested_sign_in(account.subject):
            return Followed.WAITING
        if not admission.admits(email):
            return Followed.IGNORED
        outcome = Followed.CREATED
        user = User.from_sign_in(ids.new(), account.subject, email=email, full_name=account.full_name, now=now)
    elif not user.may_be_linked_to(account.subject):
        return Followed.IGNORED
    else:
        outcome = Followed.WAITING if user.is_privileged else Followed.LINKED
    if command.dry_run:
        return outcome
    if outcome is not Followed.UPDATED:
        await ended.reinstate(account.subject)
    match outcome:
        case Followed.CREATED:
            await users.add(user)
        case Followed.LINKED | Followed.WAITING:
            if not user.link_by_address(account.subject, now=now):
                return outcome
    user.follow(
        email=email,
        email_verified=account.email_confirmed,
        signed_in_at=account.last_sign_in,
        as_of=account.as_of,
        now=now,
    )
    return outcome


@dataclass(frozen=True, slots=True)
class EndAccount(Command[Followed]):
    """The account was deleted in Supabase. With `dry_run` only say what would be done."""

    subject: str
    dry_run: bool = False


@handles(EndAccount, allow=the_system, internal=True)
async def end_account(command: EndAccount, actor: Actor, users: Users, ended: EndedSignIns, clock: Clock) -> Followed:
    """The service deactivates the user of a deleted account, and ends the sign-in. User and records are kept.

    The last active administrator is not deactivated, since nobody could give access to others then. A sign-in that
    waited for an administrator waits no longer.
    """
    user, now = await users.by_supabase_id(command.subject), clock.now()
    if user is None:
        waiting = await users.by_requested_sign_in(command.subject)
        if waiting is None:
            return Followed.UNCHANGED
        if not command.dry_run:
            waiting.withdraw_request(now=now)
            await ended.end(command.subject, EndedSignIn(waiting.id, EndReason.ACCOUNT_DELETED, now))
        return Followed.WITHDRAWN
    outcome = Followed.DEACTIVATED if user.is_active else Followed.UNCHANGED
    if user.is_administrator:
        try:
            require_another(await users.administrators(), [user.id])
        except LastAdministrator:
            outcome = Followed.KEPT
    if not command.dry_run:
        user.unlink(now=now)
        await ended.end(command.subject, EndedSignIn(user.id, EndReason.ACCOUNT_DELETED, now))
        if outcome is Followed.DEACTIVATED:
            user.deactivate(now=now)
    return outcome


@dataclass(frozen=True, slots=True)
class MayJoin(Query[bool]):
    """Whether someone with this address may have an account."""

    email: str


@handles(MayJoin, allow=the_system, internal=True)
async def may_join(query: MayJoin, actor: Actor, people: People, admission: Admission) -> bool:
    """The service admits people on the roster, and people with an address in an allowed domain."""
    email = address_of(query.email.strip())
    # A user with an address that cannot be stored could not sign in later.
    return email is not None and (admission.admits(email) or await people.has_email(email))


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token may say of someone's place here. Informative only: what one may do is looked up, not believed."""

    role: Role
    department: str | None


@dataclass(frozen=True, slots=True)
class ReadClaims(Query[Claims | None]):
    """What the token of this sign-in may say."""

    subject: str


@handles(ReadClaims, allow=the_system, internal=True)
async def read_claims(query: ReadClaims, actor: Actor, people: People) -> Claims | None:
    """The service tells Supabase the role and department to write into a token; None for whom it does not know."""
    known = await people.by_supabase_id(query.subject)
    return Claims(known.role, known.department) if known and known.is_active else None


@dataclass(frozen=True, slots=True)
class LinkedAccounts(Query[list[str]]):
    """The subjects of active users, and of sign-ins that wait, in order, after the one given, at most `limit`."""

    after: str = ""
    limit: int = 1_000


@handles(LinkedAccounts, allow=the_system, internal=True)
async def linked_accounts(query: LinkedAccounts, actor: Actor, people: People) -> list[str]:
    """The service lists the users whose accounts should exist, to find deleted accounts."""
    return await people.linked(query.after, query.limit)
