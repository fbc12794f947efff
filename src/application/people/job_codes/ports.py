"""What the use cases of job codes need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from application.people.meanings.ports import Meanings
from domain.people.job_codes import JobCodeTable


class JobCodeTables(Protocol):
    """The table of job codes, of which every version is kept."""

    async def current(self) -> JobCodeTable:
        """The table as it is now; the shipped one when nobody has changed it.

        Nobody else changes it, or maps a title, until the unit of work ends.
        """

    async def replace(self, change_id: UUID, table: JobCodeTable, recorded_by: UUID | None) -> None:
        """Keep this version. Raises StaleVersion, here or at commit, when there is one with its number."""


class JobTitles(Meanings[str], Protocol):
    """Which job codes titles mean. Call `JobCodeTables.current` before changing anything."""

    async def ever_meant(self, codes: Collection[str]) -> frozenset[str]:
        """Those of the codes that some title means or once meant."""

    async def holders(self, codes: Collection[str]) -> dict[str, int]:
        """How many active people have each of these codes; codes that nobody has are left out."""
