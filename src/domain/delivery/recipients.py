"""Who gets a notice, and who does not: by what is known of the person when it is to be sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from domain.delivery.notices import NoticeKind, NoticeReason
from domain.kernel.aggregate import DomainEvent

ALWAYS = frozenset({NoticeKind.ASSIGNED})
"""Nobody can turn these off: the organization has to tell people what they must do."""
OPTIONAL = tuple(each for each in NoticeKind if each not in ALWAYS)


@dataclass(frozen=True, slots=True)
class NoticePreferencesChanged(DomainEvent):
    """Somebody has turned some kinds of notices on or off."""

    user_id: UUID
    """Who it was."""

    @property
    def subject_id(self) -> UUID:
        return self.user_id


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """What a person does not want to be notified, and whether the address takes mail.

    Of an address that was refused only the fingerprint is kept: another address of the person is tried again.
    """

    user_id: UUID
    declined: tuple[NoticeKind, ...] = ()
    refused_address: str | None = None
    refused_at: datetime | None = None

    def wanting(self, kind: NoticeKind, wanted: bool) -> NoticeSettings:
        """With this kind turned on or off."""
        without = [each for each in self.declined if each is not kind]
        return replace(self, declined=tuple(sorted(without if wanted else [*without, kind])))

    def refused(self, address: str, now: datetime) -> NoticeSettings:
        """The mail server has refused this address."""
        return replace(self, refused_address=fingerprint(address), refused_at=now)


def fingerprint(address: str) -> str:
    """What an address is recognized by: the SHA-256 of it in lower case."""
    return sha256(address.lower().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Recipient:
    """What is known today of the person whom a notice is for.

    `zone` is that of the location; None if it is not known. `manages` are the departments that the person manages, and
    `is_manager` tells whether the person still is one.
    """

    user_id: UUID
    email: str | None
    full_name: str | None
    zone: str | None
    is_active: bool
    is_erased: bool
    is_invented: bool
    is_on_leave: bool
    declined: Collection[NoticeKind] = ()
    refused_address: str | None = None
    manages: tuple[str, ...] = ()
    is_manager: bool = False

    def obstacle(self) -> NoticeReason | None:
        """Why nothing at all can be sent to the person."""
        if self.is_erased:
            return NoticeReason.ERASED
        if not self.is_active:
            return NoticeReason.DEACTIVATED
        if self.is_on_leave:
            return NoticeReason.ON_LEAVE
        if self.is_invented:
            return NoticeReason.DEMONSTRATION
        if self.email is None:
            return NoticeReason.NO_ADDRESS
        if self.refused_address == fingerprint(self.email):
            return NoticeReason.BOUNCING
        return None

    def declines(self, kind: NoticeKind, *, statutory: bool = False) -> bool:
        """Whether the person does not want it, and need not get it: who owes something by law is always reminded."""
        return kind in self.declined and not is_mandatory(kind, statutory=statutory)


def is_mandatory(kind: NoticeKind, *, statutory: bool = False) -> bool:
    """Whether nobody can turn it off."""
    return kind in ALWAYS or (kind is NoticeKind.OVERDUE and statutory)
