"""Sign-ins: whom they may belong to, which have ended, and when what is known of them must be updated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol
from uuid import UUID

DEVELOPMENT = "development:"
"""The prefix of the ids of the development issuer: they are not accounts of Supabase Auth."""

SIGN_IN_PRECISION = timedelta(hours=1)
"""How far `last_sign_in` may lag behind: following it more closely would cost a write on every request."""


class Reachable(Protocol):
    """A user's address and last sign-in as known here."""

    @property
    def email(self) -> str | None: ...
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
    """Whether the address or the last sign-in has changed enough to be worth a write."""
    return has_moved(known, email, email_verified, as_of) or is_overdue(known.last_sign_in, signed_in_at)


def has_moved(known: Reachable, email: str | None, email_verified: bool, as_of: datetime | None = None) -> bool:
    """Whether a verified address differs from the known one, or verifies it, and the information is not outdated."""
    if email is None or not email_verified or not is_newer(known.email_as_of, as_of):
        return False
    return email.lower() != known.email or not known.email_confirmed


def is_newer(known: datetime | None, as_of: datetime | None) -> bool:
    """Whether information as of that moment may be newer than what is known; None is an unknown moment."""
    return known is None or as_of is None or as_of > known


def is_overdue(known: datetime | None, signed_in_at: datetime | None) -> bool:
    """Whether the known last sign-in lags far enough behind to be worth a write."""
    if signed_in_at is None:
        return False
    return known is None or signed_in_at - known >= SIGN_IN_PRECISION


def is_development(subject: str) -> bool:
    """Whether the sign-in comes from the development issuer, which the operator of the machine controls."""
    return subject.startswith(DEVELOPMENT)


def fingerprint_of(subject: str) -> str:
    """The SHA-256 of a sign-in's id, in 64 hexadecimal digits: enough to recognize it, not to recover it.

    Supabase's ids are random, so they cannot be guessed and a secret key would add no protection.
    """
    return sha256(subject.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may sign in without being on the roster: people of these e-mail domains (lower case), and nobody else."""

    domains: frozenset[str] = frozenset()

    def admits(self, email: str) -> bool:
        """Whether the address belongs to one of the domains exactly: a subdomain is another domain."""
        _, at, domain = email.strip().lower().rpartition("@")
        return bool(at) and domain in self.domains


class LinkReason(StrEnum):
    """Why an administrator links a sign-in to a person, or ends it."""

    CONFIRMED = "confirmed"
    """Somebody verified by other means than e-mail that the sign-in is this person's."""
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
        """Whether an account that exists at that moment was restored; information from before its end is outdated."""
        return self.reason is EndReason.ACCOUNT_DELETED and as_of is not None and as_of > self.ended_at
