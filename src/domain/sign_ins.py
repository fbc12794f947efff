"""What is news of someone's sign-in, and worth a write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

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
