"""The time, the identifiers and the chance that the machine itself provides."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain.evidence.certificates import serial_of


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): new rows land at the end of an index, and ids sort by age."""

    def new(self) -> UUID:
        return uuid7()


class RandomSerials:
    """Serials with 80 bits from the operating system's source of randomness."""

    def new(self) -> str:
        return serial_of(secrets.randbits(80))


class SystemChance:
    """Seeds from the operating system's source of randomness."""

    def seed(self) -> int:
        return secrets.randbits(63)
