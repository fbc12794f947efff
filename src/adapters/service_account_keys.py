"""Keys of service accounts, by the machine's randomness."""

from __future__ import annotations

import secrets
from uuid import UUID

from domain.people.service_account_keys import LIVE, SECRET_BITS, TEST, key_text


class RandomKeys:
    """Keys with 256 bits from the operating system's source of randomness."""

    def __init__(self, *, live: bool) -> None:
        """`live` for keys that open real data."""
        self._prefix = LIVE if live else TEST

    def text(self, key_id: UUID) -> str:
        return key_text(self._prefix, key_id, secrets.randbits(SECRET_BITS))
