"""The time and the identifiers that the machine itself provides."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TimeOrderedIds:
    """UUIDs of version 7 (RFC 9562): new rows land at the end of an index, and ids sort by age."""

    def new(self) -> UUID:
        return uuid7()
