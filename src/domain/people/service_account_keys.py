"""The keys of service accounts: their text, and how long they are valid.

A key reads `udt_live_<id>_<secret><checksum>`: the id of the key in 32 hexadecimal digits, 256 random bits in base 62,
and a CRC-32 of all that precedes it. Scanners for leaked secrets find it by its prefix and confirm it by its checksum,
and the id tells which key to revoke. Outside production it begins with `udt_test_`.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID
from zlib import crc32

from domain.kernel.aggregate import not_before

BEGINNING = "udt_"
LIVE, TEST = "udt_live_", "udt_test_"
SECRET_BITS = 256
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
LENGTH = len(LIVE) + 32 + 1 + SECRET_LENGTH + CHECKSUM_LENGTH

_FORM = re.compile(rf"udt_(?:live|test)_([0-9a-f]{{32}})_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")

USE_IS_KEPT = timedelta(hours=1)
"""How precise the time of the last use is, so that requests do not each write it."""


def key_text(prefix: str, key_id: UUID, secret: int) -> str:
    """The text of the key; `secret` has 256 random bits."""
    text = f"{prefix}{key_id.hex}_{_in_base_62(secret, SECRET_LENGTH)}"
    return text + _checksum(text)


def key_id_of(text: str) -> UUID | None:
    """The id of the key that the text is, None if it cannot be one: its form or its checksum is wrong."""
    if len(text) != LENGTH:
        return None
    form = _FORM.fullmatch(text)
    if form is None or _checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return UUID(form[1])


def digest_of(text: str) -> str:
    """What is stored of a key: its SHA-256, in 64 hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def is_same(digest: str, stored: str) -> bool:
    """Whether the digests are equal; the time that this takes does not tell where they differ."""
    return compare_digest(digest, stored)


def is_use_kept(last_used_at: datetime | None, now: datetime) -> bool:
    """Whether the last use that is stored is recent enough."""
    return last_used_at is not None and now - last_used_at < USE_IS_KEPT


def _in_base_62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _in_base_62(crc32(text.encode()), CHECKSUM_LENGTH)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made: its id, and the digest of its text."""

    id: UUID
    digest: str


class KeyState(Enum):
    """Whether a key is accepted, as long as its account is active."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @classmethod
    def at(cls, now: datetime, *, expires_at: datetime, revoked_at: datetime | None) -> KeyState:
        """The state of the key with these times. One that was revoked is not called expired."""
        if revoked_at is not None:
            return cls.REVOKED
        return cls.LIVE if now < expires_at else cls.EXPIRED


class ServiceAccountKey:
    """A key of a service account. Its text is not stored."""

    def __init__(self, key: NewKey, *, created_by: UUID | None, expires_at: datetime, now: datetime) -> None:
        self.id = key.id
        self.digest = key.digest
        self.created_at = now
        self.created_by = created_by
        self.expires_at = expires_at
        self.revoked_at: datetime | None = None
        self.last_used_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether the key is accepted, as long as its account is active."""
        return KeyState.at(now, expires_at=self.expires_at, revoked_at=self.revoked_at) is KeyState.LIVE

    def expire_by(self, moment: datetime) -> None:
        """Expire at this moment at the latest."""
        self.expires_at = min(self.expires_at, moment)

    def revoke(self, now: datetime) -> None:
        self.revoked_at = not_before(now, self.created_at)
