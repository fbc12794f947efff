"""Reading requirements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from application.kernel.access import Actor, overseers
from application.kernel.handlers import handles
from application.kernel.messages import Cursor, Page, PageSize, Query, RawJson
from application.kernel.ports import Calendar, Clock
from application.kernel.views import view_of
from domain.compliance.requirement import Requirement, RequirementVersion, RunningCycles
from domain.compliance.requirement_errors import RequirementNotFound, RequirementVersionNotFound
from domain.compliance.terms import Terms
from domain.compliance.terms_documents import terms_document
from domain.kernel.values import Between

VersionNumber = Annotated[int, Between(1, 1_000_000)]


@dataclass(slots=True)
class RequirementVersionView:
    """One version of what a requirement asks, from the day on which it takes effect.

    It is a draft until `approved_at`. `running` says what it does to those who are under the requirement when it takes
    effect: they `keep` their rule, `take` the new one at once, or take it with the `next` cycle. Nothing is due for
    them sooner than `transition_days` after that day, unless it was due before.
    """

    number: int
    effective_on: date
    terms: Annotated[object, RawJson(Terms)]
    note: str
    drafted_by: UUID | None
    drafted_at: datetime
    running: RunningCycles
    transition_days: int
    approved_by: UUID | None
    approved_at: datetime | None
    acknowledged: bool

    @classmethod
    def of(cls, version: RequirementVersion) -> RequirementVersionView:
        shown = view_of(cls, version)
        shown.terms = terms_document(version.terms)
        return shown


@dataclass(slots=True)
class RequirementSummary:
    """A requirement as lists show it.

    `retired_on` is the first day on which it is not in effect any more. `approved_number` is the number of the last
    version that was approved, and `draft_number` that of the draft.
    """

    id: UUID
    code: str
    title: str
    retired_on: date | None
    approved_number: int | None
    draft_number: int | None
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, requirement: Requirement) -> RequirementSummary:
        return cls(*_columns(requirement))


@dataclass(slots=True)
class RequirementDetail(RequirementSummary):
    """A requirement with all its versions, the oldest first."""

    versions: list[RequirementVersionView]

    @classmethod
    def of(cls, requirement: Requirement) -> RequirementDetail:
        return cls(*_columns(requirement), [RequirementVersionView.of(each) for each in requirement.versions])


def _columns(
    requirement: Requirement,
) -> tuple[UUID, str, str, date | None, int | None, int | None, int, datetime, datetime]:
    return (
        requirement.id,
        requirement.code,
        requirement.title,
        requirement.retired_on,
        max((each.number for each in requirement.approved), default=None),
        None if requirement.drafted is None else requirement.drafted.number,
        requirement.version,
        requirement.created_at,
        requirement.updated_at,
    )


@dataclass(frozen=True, slots=True)
class Retiring:
    """Whether the requirements of a list are retired on this day."""

    is_retired: bool
    day: date


@dataclass(frozen=True, slots=True)
class RequirementFilter:
    """Which requirements a list shows: those that meet all given conditions."""

    retiring: Retiring | None = None
    has_draft: bool | None = None


class RequirementReader(Protocol):
    """Reads requirements with one statement per call."""

    async def page(self, where: RequirementFilter, after: Cursor | None, limit: int) -> Page[RequirementSummary]:
        """Those that the filter leaves, newest first."""

    async def detail(self, requirement_id: UUID) -> RequirementDetail | None:
        """The requirement, None when there is no such one."""


@dataclass(frozen=True, slots=True)
class ListRequirements(Query[Page[RequirementSummary]]):
    """Requirements, newest first."""

    is_retired: bool | None = None
    has_draft: bool | None = None
    cursor: Cursor | None = None
    limit: PageSize = 50


@handles(ListRequirements, allow=overseers)
async def list_requirements(
    query: ListRequirements, actor: Actor, requirements: RequirementReader, clock: Clock, calendar: Calendar
) -> Page[RequirementSummary]:
    """Show managers, compliance officers and administrators the requirements.

    With `has_draft=true` those that wait for an approval.
    """
    retiring = None if query.is_retired is None else Retiring(query.is_retired, calendar.day_of(clock.now()))
    return await requirements.page(RequirementFilter(retiring, query.has_draft), query.cursor, query.limit)


@dataclass(frozen=True, slots=True)
class ReadRequirement(Query[RequirementDetail]):
    """One requirement with its versions."""

    requirement_id: UUID


@handles(ReadRequirement, allow=overseers, raises=(RequirementNotFound,))
async def read_requirement(query: ReadRequirement, actor: Actor, requirements: RequirementReader) -> RequirementDetail:
    """Show managers, compliance officers and administrators a requirement with all its versions."""
    requirement = await requirements.detail(query.requirement_id)
    if requirement is None:
        raise RequirementNotFound
    return requirement


@dataclass(frozen=True, slots=True)
class ReadRequirementVersion(Query[RequirementVersionView]):
    """One version of a requirement."""

    requirement_id: UUID
    number: VersionNumber


@handles(ReadRequirementVersion, allow=overseers, raises=(RequirementNotFound, RequirementVersionNotFound))
async def read_requirement_version(
    query: ReadRequirementVersion, actor: Actor, requirements: RequirementReader
) -> RequirementVersionView:
    """Show managers, compliance officers and administrators a version of a requirement, or its draft."""
    requirement = await requirements.detail(query.requirement_id)
    if requirement is None:
        raise RequirementNotFound
    found = next((each for each in requirement.versions if each.number == query.number), None)
    if found is None:
        raise RequirementVersionNotFound
    return found
