"""Signing in: finds, links or creates the user of a verified identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from application.kernel.access import Actor, the_system
from application.kernel.bus import Bus
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.people.brief_cache import BriefCache
from application.people.ports import EndedSignIns, Users
from application.people.sign_ins.identity import Identity, KeyFetches, Tokens
from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Forbidden, StaleVersion
from domain.kernel.roles import Role
from domain.people.sign_in_errors import (
    EmailUnverified,
    LinkedElsewhere,
    NotAdmitted,
    SecondFactorRequired,
    SignInEnded,
    SignInUnconfirmed,
    UserDeactivated,
)
from domain.people.sign_ins import Admission, is_behind, is_development
from domain.people.user_errors import EmailTaken, SupabaseIdTaken
from domain.people.user_events import AccessEvent, UsersRegistered
from domain.people.users import User

R = TypeVar("R")

SIGN_IN_REFUSALS: tuple[type[Forbidden], ...] = (
    EmailUnverified,
    LinkedElsewhere,
    NotAdmitted,
    SecondFactorRequired,
    SignInEnded,
    SignInUnconfirmed,
    UserDeactivated,
)
"""The reasons for refusing every request of somebody with a valid token."""

REMEMBERED = 10_000
"""People remembered at a time, and as many sign-ins that were refused."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of someone who signs in."""

    user_id: UUID
    role: Role
    is_active: bool
    department: str | None
    managed_departments: tuple[str, ...]
    email: str | None
    email_confirmed: bool
    email_as_of: datetime | None
    last_sign_in: datetime | None

    @classmethod
    def of(cls, user: User) -> Known:
        return cls(
            user.id,
            user.role,
            user.is_active,
            user.department,
            user.managed_departments,
            user.email,
            user.email_confirmed,
            user.email_as_of,
            user.last_sign_in,
        )

    def is_behind(self, identity: Identity) -> bool:
        """Whether the identity has news of the address or the last sign-in that are worth a write."""
        return is_behind(self, identity.email, identity.email_verified, identity.issued_at, identity.issued_at)


@dataclass(frozen=True, slots=True)
class Census:
    """How many people there are, and how many whom the demonstration invented."""

    people: int
    invented: int


class People(Protocol):
    """Reads who signs in, one statement a call."""

    async def by_supabase_id(self, supabase_id: str) -> Known | None:
        """The user whom the sign-in is linked to, None when there is none."""

    async def linked(self, after: str, limit: int) -> list[str]:
        """The Supabase ids of active users, and of sign-ins that wait, after this one, in order, at most `limit`."""

    async def has_email(self, email: str) -> bool:
        """Whether someone has this address, in lower case."""

    async def census(self) -> Census:
        """How many people there are."""


@dataclass(frozen=True, slots=True)
class SignIn(Command[Known | None]):
    """Someone brings this identity; None when an administrator must confirm whose it is."""

    identity: Identity


@handles(
    SignIn,
    allow=the_system,
    internal=True,
    raises=(EmailUnverified, SignInEnded, NotAdmitted, LinkedElsewhere, UserDeactivated, EmailTaken, SupabaseIdTaken),
)
async def sign_in(
    command: SignIn, actor: Actor, users: Users, ended: EndedSignIns, admission: Admission, ids: Ids, clock: Clock
) -> Known | None:
    """The service follows Supabase: a known sign-in is brought up to date, else linked by verified e-mail, else new.

    A user with more rights than a learner is not linked by e-mail alone: the sign-in waits for an administrator.

    Raises EmailUnverified for a new sign-in whose address is not verified: it could be anybody's. Raises
    LinkedElsewhere when the address is that of a user with another sign-in, SignInEnded for one that was ended here,
    NotAdmitted for someone who is not on the roster and whose domain is not admitted, and UserDeactivated.
    """
    identity, email, now = command.identity, command.identity.email, clock.now()
    user = await users.by_supabase_id(identity.subject)
    if user is None:
        if email is None or not identity.email_verified:
            raise EmailUnverified
        if await ended.of(identity.subject):
            raise SignInEnded
        user = await users.by_email(email)
        if user is not None:
            if not user.link_by_address(identity.subject, now=now):
                return None
        else:
            if await users.by_requested_sign_in(identity.subject):
                # It waits for a user whose address has changed since.
                return None
            if not (is_development(identity.subject) or admission.admits(email)):
                raise NotAdmitted
            user = User.from_sign_in(ids.new(), identity.subject, email=email, full_name=identity.full_name, now=now)
            await users.add(user)
    user.follow(
        email=await free_address(users, user, email),
        email_verified=identity.email_verified,
        signed_in_at=identity.issued_at,
        as_of=identity.issued_at,
        now=now,
    )
    return Known.of(user)


async def free_address(users: Users, user: User, email: str | None) -> str | None:
    """The address, unless it is another user's."""
    if email is None or email == user.email or await users.by_email(email) is None:
        return email
    return None


async def retry_on_conflict(bus: Bus, command: Command[R]) -> R:
    """Carry out a command that follows Supabase, once more if another request did the same at the same time."""
    try:
        return await bus.execute(command, Actor.system())
    except (EmailTaken, SupabaseIdTaken, StaleVersion):
        return await bus.execute(command, Actor.system())


class SignedIn:
    """Identifies the caller by a token. Rights come from our table, never from the token."""

    def __init__(
        self,
        tokens: Tokens,
        people: People,
        bus: Bus,
        clock: Clock,
        *,
        second_factor_for: frozenset[Role] = frozenset(),
        most_remembered: int = REMEMBERED,
    ) -> None:
        """People with a role in `second_factor_for` are admitted with a second factor only.

        At most `most_remembered` people are remembered at a time, and as many refused sign-ins.
        """
        self._tokens = tokens
        self._people = people
        self._bus = bus
        self._clock = clock
        self._second_factor_for = second_factor_for
        self._known: BriefCache[str, Known] = BriefCache(clock, most_remembered)
        # By address too: the same sign-in may be accepted with another one.
        self._refused: BriefCache[tuple[str, str | None], Forbidden] = BriefCache(clock, most_remembered)
        self._changes = self._newcomers = 0
        bus.listen(self._forget)

    async def actor(self, token: str, request_id: str | None, client_ip: str | None) -> Actor:
        """The actor that the token belongs to.

        Raises TokenRefused, KeysUnavailable and what `sign_in` raises, UserDeactivated, SecondFactorRequired, and
        SignInUnconfirmed while an administrator has not confirmed the sign-in.
        """
        identity = await self._tokens.verify(token)
        if not identity.email_verified:
            # For every token, not only the first: if the project does not confirm addresses, somebody may have set a
            # password for another person's address, and could sign in with it as soon as the owner has proven it.
            raise EmailUnverified
        known = self._known.recall(identity.subject) or await self._look_up(identity)
        if not known.is_active:
            raise UserDeactivated
        if known.role in self._second_factor_for and not identity.second_factor:
            raise SecondFactorRequired
        return Actor(known.user_id, known.role, known.managed_departments, request_id, client_ip)

    def knows(self, token: str) -> bool:
        """Whether the token was verified before, so that it costs little to do so again."""
        return self._tokens.knows(token)

    def fetches(self) -> KeyFetches | None:
        """How fetching the issuer's signing keys went; None where they are not fetched."""
        return self._tokens.fetches()

    async def close(self) -> None:
        """Close the connections that verifying tokens keeps open."""
        await self._tokens.close()

    async def _look_up(self, identity: Identity) -> Known:
        sign_in = (identity.subject, identity.email)
        if refusal := self._refused.recall(sign_in):
            raise refusal.with_traceback(None)
        asked_at, changes, newcomers = self._clock.now(), self._changes, self._newcomers
        known = await self._people.by_supabase_id(identity.subject)
        if known is None or (known.is_active and known.is_behind(identity)):
            try:
                known = await self._sign_in(identity)
            except Forbidden as refusal:
                # Otherwise each request of a refused user would begin a unit of work.
                if (changes, newcomers) == (self._changes, self._newcomers):
                    self._refused.keep(sign_in, refusal, asked_at)
                raise
        if changes == self._changes:
            # Otherwise something has changed meanwhile, and this result may be outdated.
            self._known.keep(identity.subject, known, asked_at)
        return known

    async def _sign_in(self, identity: Identity) -> Known:
        known = await retry_on_conflict(self._bus, SignIn(identity))
        if known is None:
            raise SignInUnconfirmed
        return known

    def _forget(self, events: Sequence[DomainEvent]) -> None:
        changes = [event for event in events if isinstance(event, AccessEvent)]
        if not changes:
            return
        # A new user may be the person whose sign-in was refused, and affects nobody else.
        self._newcomers += 1
        self._refused.forget()
        new = {user_id for event in changes if isinstance(event, UsersRegistered) for user_id in event.user_ids}
        if not all(new.issuperset(event.user_ids) for event in changes):
            self._changes += 1
            self._known.forget()
