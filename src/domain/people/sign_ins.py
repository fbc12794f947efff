"""Sign-ins: whom they may belong to, which have ended, and what is news of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from uuid import UUID

DEVELOPMENT = "development:"
"""What the ids of the development issuer begin with: they are no account of Supabase Auth."""

SIGN_IN_PRECISION = timedelta(hours=1)
"""How far behind `last_sign_in` may be: to follow closer would cost a write on every request."""


class Reachable(Protocol):
    """What is known of someone's address and last sign-in."""

    @property
    def email(self) -> str: ...
    @property
    def email_confirmed(self) -> bool: ...
    @property
    def email_as_of(self) -> datetime | None: ...
    @property
    def last_sign_in(self) -> datetime | None: ...


def is_behind(
    known: Reachable,
    email: str | None,
    email_verified: bool,
    signed_in_at: datetime | None,
    as_of: datetime | None = None,
) -> bool:
    """Whether there is news of the address or the last sign-in that are worth a write."""
    return has_moved(known, email, email_verified, as_of) or is_overdue(known.last_sign_in, signed_in_at)


def has_moved(known: Reachable, email: str | None, email_verified: bool, as_of: datetime | None = None) -> bool:
    """Whether a verified address is another one than is known, or is known but was not verified; and is no old news."""
    if email is None or not email_verified or not is_newer(known.email_as_of, as_of):
        return False
    return email.lower() != known.email or not known.email_confirmed


def is_newer(known: datetime | None, as_of: datetime | None) -> bool:
    """Whether word of that moment can be news; None is a moment that nobody knows."""
    return known is None or as_of is None or as_of > known


def is_overdue(known: datetime | None, signed_in_at: datetime | None) -> bool:
    """Whether the last sign-in that is known is so far behind that it is worth a write."""
    if signed_in_at is None:
        return False
    return known is None or signed_in_at - known >= SIGN_IN_PRECISION


def is_development(subject: str) -> bool:
    """Whether the sign-in is one of the development issuer's, for which the operator of the machine vouches."""
    return subject.startswith(DEVELOPMENT)


def fingerprint_of(subject: str) -> str:
    """The SHA-256 of a sign-in's id, in 64 hexadecimal digits: enough to know it again, and nothing to find it by.

    Supabase's ids are random: nobody finds one by trying, so that a secret would add nothing but its own loss.
    """
    return sha256(subject.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may come in without being on the roster: people of these e-mail domains, in lower case. Else nobody."""

    domains: frozenset[str] = frozenset()

    def admits(self, email: str) -> bool:
        """Whether the address is of one of the domains, to the letter: a sub-domain is another domain."""
        _, at, domain = email.strip().lower().rpartition("@")
        return bool(at) and domain in self.domains


class LinkReason(StrEnum):
    """Why an administrator links a sign-in to a person, or ends it."""

    CONFIRMED = "confirmed"
    """It was made sure, by another way than e-mail, that it is this person's."""
    NEW_ACCOUNT = "new-account"
    PILOT_ENDED = "pilot-ended"
    WRONG_PERSON = "wrong-person"
    COMPROMISED = "compromised"
    OTHER = "other"


class EndReason(StrEnum):
    """Why a sign-in was ended."""

    UNLINKED = "unlinked"
    ACCOUNT_DELETED = "account-deleted"
    ADDRESS_REUSED = "address-reused"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class EndedSignIn:
    """A sign-in of this user that was ended; its id is not kept."""

    user_id: UUID
    reason: EndReason
    ended_at: datetime

    def begins_anew(self, as_of: datetime | None) -> bool:
        """Whether an account that is there at that moment was restored. Word from before it was deleted is late."""
        return self.reason is EndReason.ACCOUNT_DELETED and as_of is not None and as_of > self.ended_at
