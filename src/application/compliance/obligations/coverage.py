"""Whom no requirement concerns: that may be right, or somebody whose job title or location is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from application.compliance.obligations.lists import AsOf, VisiblePeople
from application.compliance.obligations.queries import Knowledge
from application.kernel.access import Actor, overseers
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query
from domain.kernel.values import PlausibleDay

BY_NAME = "name"
"""The order of the list, as its cursors name it."""


@dataclass(slots=True)
class UncoveredPerson:
    """An active person who is under no requirement. Without a `job_code` the job title means none yet, and without a
    `location_id` the text of the location means none.
    """

    user_id: UUID
    employee_id: str | None
    full_name: str | None
    email: str | None
    department: str | None
    job_title: str | None
    job_code: str | None
    location: str | None
    location_id: UUID | None


class CoverageReader(Protocol):
    """Reads who is under no requirement, with one statement per call."""

    async def uncovered(
        self, visible: VisiblePeople, as_of: AsOf, after: Cursor | None, limit: int, *, total: bool = False
    ) -> Page[UncoveredPerson]:
        """Active visible people without any obligation on that day, by name."""


@dataclass(frozen=True, slots=True)
class ListUncoveredPeople(Query[Page[UncoveredPerson]]):
    """Active people who are under no requirement."""

    ordered_by = BY_NAME

    as_of: PlausibleDay | None = None
    include_total: bool = False
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListUncoveredPeople, allow=overseers)
async def list_uncovered_people(
    query: ListUncoveredPeople, actor: Actor, coverage: CoverageReader, knowledge: Knowledge
) -> Page[UncoveredPerson]:
    """Show who is under no requirement on the day `as_of`, by default today, among those who are active now.

    Managers see their people; compliance officers and administrators see everybody.
    """
    as_of = await knowledge.as_of(query.as_of, None)
    return await coverage.uncovered(
        VisiblePeople.of(actor), as_of, query.cursor, query.limit, total=query.include_total
    )
