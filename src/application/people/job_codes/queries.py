"""Reading job codes, and which titles mean them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, anyone, compliance_officers
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from application.people.meanings.ports import MeaningReader
from domain.kernel.values import Items
from domain.people.job_codes import Code, JobCode, JobCodeTable


@dataclass(slots=True)
class JobCodesView:
    """All job codes, in their order."""

    version: int
    job_codes: list[JobCode]

    @classmethod
    def of(cls, table: JobCodeTable) -> JobCodesView:
        return cls(table.version, list(table.codes))


@dataclass(slots=True)
class MappedTitle:
    """A job title, and the code that it means since `recorded_at`.

    `recorded_by` is the administrator who said so; null for the command line.
    """

    id: UUID
    title: str
    job_code: str
    recorded_at: datetime
    recorded_by: UUID | None


@dataclass(slots=True)
class UnmappedTitle:
    """A job title that means no code, and how many active people have it. Spellings that count as one are one."""

    title: str
    people: int


@dataclass(slots=True)
class UnmappedTitles:
    """Job titles that mean no code: those that most active people have come first.

    `titles` is the number of all such titles, and `people` of all active people who have one.
    """

    items: list[UnmappedTitle]
    titles: int
    people: int

    @classmethod
    def of(cls, shown: list[tuple[str, int]], texts: int, people: int) -> UnmappedTitles:
        """The texts that are shown, each with how many people have it, and the numbers of all."""
        return cls([UnmappedTitle(*each) for each in shown], texts, people)


class JobCodeReader(Protocol):
    """Reads job codes."""

    async def table(self) -> JobCodesView:
        """All codes as they are now, read in one statement; the shipped ones when nobody has changed them."""


class JobTitleReader(MeaningReader[str, MappedTitle, UnmappedTitles], Protocol):
    """Reads which job codes titles mean."""


@dataclass(frozen=True, slots=True)
class ReadJobCodes(Query[JobCodesView]):
    """The job codes."""


@handles(ReadJobCodes, allow=anyone)
async def read_job_codes(query: ReadJobCodes, actor: Actor, job_codes: JobCodeReader) -> JobCodesView:
    """Show anyone who is signed in the job codes, retired ones too."""
    return await job_codes.table()


@dataclass(frozen=True, slots=True)
class ListJobTitles(Query[Page[MappedTitle]]):
    """Job titles with the code that they mean, newest first."""

    job_code: Annotated[tuple[Code, ...], Items(50)] = ()
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListJobTitles, allow=compliance_officers)
async def list_job_titles(query: ListJobTitles, actor: Actor, titles: JobTitleReader) -> Page[MappedTitle]:
    """Show compliance officers and administrators which job titles mean which job code."""
    return await titles.mapped(query.job_code, query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ListUnmappedTitles(Query[UnmappedTitles]):
    """Job titles that mean no job code, those of most people first."""

    limit: PageSize = 50


@handles(ListUnmappedTitles, allow=compliance_officers)
async def list_unmapped_titles(query: ListUnmappedTitles, actor: Actor, titles: JobTitleReader) -> UnmappedTitles:
    """Show compliance officers and administrators the job titles that nobody has mapped to a job code.

    Only titles of active people count. A title that is mapped leaves the list, so that the next ones are shown.
    """
    return await titles.unmapped(query.limit)
