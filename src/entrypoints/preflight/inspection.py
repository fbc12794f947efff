"""What the checks ask of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

Inspected = tuple[str, Sequence[str]]
"""What was found, and the problems, each in one line that says what to do."""


class Inspection(Protocol):
    """The database as it is. Every method raises StoreUnavailable, SchemaBehind and StoreWithoutRights."""

    async def server(self) -> str:
        """The version and address of the database, and the role that is connected."""

    async def pooler(self) -> Inspected | None:
        """Whether DATABASE_POOLER says what is there; None where there can be no pooler."""

    async def migration(self) -> Inspected:
        """Whether the database is at the newest migration."""

    async def protection(self) -> Mapping[str, Sequence[str]]:
        """How the database protects the service's data: each topic with its problems."""

    async def evidence(self) -> Sequence[str]:
        """The problems with the triggers that make evidence immutable."""

    async def capacity(self, workers: int) -> Inspected | None:
        """Whether the server admits what that many processes may open; None for an embedded database."""

    async def replica(self) -> Inspected | None:
        """Whether the replica can be used for lists and reports; None without one."""

    async def order_of_events(self) -> Sequence[str]:
        """What keeps new events from being read after the stored ones: a backup of another server was restored."""

    async def clock_problems(self, tolerable: timedelta) -> list[str]:
        """The problems when the clocks of process and database differ by more than this."""
