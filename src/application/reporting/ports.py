"""What reporting needs of the store.

They are bound to a unit of work: what they write appears when the bus commits, or not at all. Each has a memory and
an SQL adapter that pass one contract suite. Readers, which serve queries, are declared beside their queries.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Reporting(Protocol):
    """The reporting views."""

    async def refresh(self, now: datetime) -> None:
        """Count again, as of now. Those who refresh at the same time wait for each other."""

    async def refresh_if_due(self, now: datetime, *, since: datetime) -> None:
        """Count again, as of now, unless they were counted since, or somebody else is counting them."""
