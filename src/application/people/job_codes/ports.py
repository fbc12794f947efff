"""What the use cases of job codes need of the store, bound to a unit of work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from domain.people.job_codes import JobCodeTable, TitleMapping, title_key


class JobCodeTables(Protocol):
    """The table of job codes, of which every version is kept."""

    async def current(self) -> JobCodeTable:
        """The table as it is now; the shipped one when nobody has changed it.

        Nobody else changes it, or maps a title, until the unit of work ends.
        """

    async def replace(self, change_id: UUID, table: JobCodeTable, recorded_by: UUID | None) -> None:
        """Keep this version. Raises StaleVersion, here or at commit, when there is one with its number."""


class JobTitles(Protocol):
    """Which job codes titles mean. Call `JobCodeTables.current` before changing anything."""

    async def meaning(self, text_key: str) -> TitleMapping | None:
        """The newest mapping of the title with this key, None when it was never mapped."""

    async def ever_meant(self, codes: Collection[str]) -> frozenset[str]:
        """Those of the codes that some title means or once meant."""

    async def record(
        self, mapping_id: UUID, title: str, job_code: str | None, recorded_by: UUID | None
    ) -> TitleMapping:
        """Keep which code the title means from now on, by the clock of the store, later than any mapping before."""

    async def follow(self, text_key: str) -> list[UUID]:
        """Give everybody with this title the job code that it means, in one statement; whom this changes, in order."""

    async def follow_people(self, user_ids: Sequence[UUID]) -> None:
        """Give each of these people the job code that their title means, in one statement.

        No title is mapped until the unit of work ends, so that nobody is overlooked by both.
        """

    async def holders(self, codes: Collection[str]) -> dict[str, int]:
        """How many active people have each of these codes; codes that nobody has are left out."""


async def job_code_of(title: str | None, titles: JobTitles) -> str | None:
    """The job code that the title means; None when it means none."""
    mapping = await titles.meaning(title_key(title)) if title else None
    return None if mapping is None else mapping.job_code
