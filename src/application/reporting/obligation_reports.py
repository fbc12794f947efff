"""Reports about what people owe and hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from application.compliance.obligations.lists import ObligationFilter, ObligationItem, ObligationReader
from application.kernel.access import Actor, overseers
from application.kernel.handlers import handles
from application.kernel.lists import IdList, NameList
from application.kernel.messages import Query
from application.reporting.obligation_rows import (
    ChangeRow,
    ComplianceRow,
    ForecastRow,
    Grouping,
    ObligationReports,
    by_week,
    monday_of,
)
from application.reporting.report import Reporter, ReportFile, ReportFormat
from domain.compliance.standing import Label
from domain.kernel.days import days_later
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Between, Items, PlausibleDay

T = TypeVar("T")


AT_ONCE = 1_000
"""Rows that are written before others are answered."""


async def one_batch(rows: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """Rows that were read at once, and are written some at a time, so that the service answers others in between."""
    for first in range(0, len(rows), AT_ONCE):
        await asyncio.sleep(0)
        yield rows[first : first + AT_ONCE]


@dataclass(frozen=True, slots=True)
class ReadCompliance(Query[ReportFile[ComplianceRow]]):
    """How many obligations are met, due and overdue, by location, department and requirement."""

    group_by: Annotated[tuple[Grouping, ...], Items(3, min=1, unique=True)] = (Grouping.LOCATION,)
    requirement_id: IdList = ()
    location_id: IdList = ()
    department: NameList = ()
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    format: ReportFormat = ReportFormat.JSON


@handles(ReadCompliance, allow=overseers)
async def read_compliance(
    query: ReadCompliance, actor: Actor, reports: ObligationReports, reporter: Reporter
) -> ReportFile[ComplianceRow]:
    """Count obligations for managers (of their people), compliance officers and administrators (of everybody).

    The report is of the day `as_of`, by default today, by what was known at `known_at`, by default at the watermark:
    the same two always have the same answer.
    """
    basis = await reporter.begin(actor, query.as_of, query.known_at)
    where = _chosen(query)
    found = await reports.counts(basis.visible, basis.as_of, where, query.group_by)
    rows = one_batch(found.rows)
    return await reporter.send("compliance", basis, ComplianceRow, rows, query.format, rules=found.rules)


@dataclass(frozen=True, slots=True)
class ReadOverdue(Query[ReportFile[ObligationItem]]):
    """What is overdue or lapsed, since when and why, and who is responsible for the location."""

    requirement_id: IdList = ()
    location_id: IdList = ()
    department: NameList = ()
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    format: ReportFormat = ReportFormat.JSON


@handles(ReadOverdue, allow=overseers)
async def read_overdue(
    query: ReadOverdue, actor: Actor, obligations: ObligationReader, reporter: Reporter
) -> ReportFile[ObligationItem]:
    """Show what is overdue, by due day, to managers (of their people), compliance officers and administrators.

    The report is of the day `as_of`, by default today, by what was known at `known_at`, by default at the watermark.
    """
    basis = await reporter.begin(actor, query.as_of, query.known_at)
    where = replace(_chosen(query), labels=(Label.OVERDUE, Label.LAPSED))
    rows = obligations.batches(basis.visible, basis.as_of, where)
    return await reporter.send("overdue", basis, ObligationItem, rows, query.format)


@dataclass(frozen=True, slots=True)
class ReadExpiring(Query[ReportFile[ObligationItem]]):
    """What is met, and expires within so many days."""

    within_days: Annotated[int, Between(0, 3_660)] = 60
    requirement_id: IdList = ()
    location_id: IdList = ()
    department: NameList = ()
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    format: ReportFormat = ReportFormat.JSON


@handles(ReadExpiring, allow=overseers)
async def read_expiring(
    query: ReadExpiring, actor: Actor, obligations: ObligationReader, reporter: Reporter
) -> ReportFile[ObligationItem]:
    """Show what ends within `within_days`, by due day, to managers (of their people), compliance officers and
    administrators.

    The report is of the day `as_of`, by default today, by what was known at `known_at`, by default at the watermark.
    """
    basis = await reporter.begin(actor, query.as_of, query.known_at)
    last = days_later(basis.day, query.within_days)
    where = replace(_chosen(query), labels=(Label.MET, Label.EXPIRING), ends_by=last)
    rows = obligations.batches(basis.visible, basis.as_of, where)
    return await reporter.send("expiring", basis, ObligationItem, rows, query.format)


@dataclass(frozen=True, slots=True)
class ReadForecast(Query[ReportFile[ForecastRow]]):
    """How many obligations fall due in each of the coming weeks."""

    weeks: Annotated[int, Between(1, 530)] = 26
    requirement_id: IdList = ()
    location_id: IdList = ()
    department: NameList = ()
    as_of: PlausibleDay | None = None
    known_at: datetime | None = None
    format: ReportFormat = ReportFormat.JSON


@handles(ReadForecast, allow=overseers)
async def read_forecast(
    query: ReadForecast, actor: Actor, reports: ObligationReports, reporter: Reporter
) -> ReportFile[ForecastRow]:
    """Count what is due next by week and requirement, so that classes can be planned, for managers (of their people),
    compliance officers and administrators. A week begins on Monday; weeks in which nothing is due have no row.

    The report is of the day `as_of`, by default today, by what was known at `known_at`, by default at the watermark.
    """
    basis = await reporter.begin(actor, query.as_of, query.known_at)
    where = _chosen(query)
    last = days_later(monday_of(basis.day), 7 * query.weeks - 1)
    rows = by_week(await reports.due_days(basis.visible, basis.as_of, where, last))
    return await reporter.send("forecast", basis, ForecastRow, one_batch(rows), query.format)


def _chosen(query: ReadCompliance | ReadOverdue | ReadExpiring | ReadForecast) -> ObligationFilter:
    """The obligations that the query names."""
    return ObligationFilter(
        requirement_ids=query.requirement_id, location_ids=query.location_id, departments=query.department
    )


@dataclass(frozen=True, slots=True)
class ReadChanges(Query[ReportFile[ChangeRow]]):
    """What was learned between two moments about the same day."""

    known_from: datetime | None = None
    known_to: datetime | None = None
    as_of: PlausibleDay | None = None
    requirement_id: IdList = ()
    format: ReportFormat = ReportFormat.JSON

    def require_sense(self) -> None:
        if self.known_to is not None and self.known_from is not None and self.known_to < self.known_from:
            raise InvalidValue("must not be before `known_from`", "known_to")


@handles(ReadChanges, allow=overseers)
async def read_changes(
    query: ReadChanges, actor: Actor, reports: ObligationReports, reporter: Reporter
) -> ReportFile[ChangeRow]:
    """Compare how obligations of one day stood by what was known at `known_from`, by default at the end of that day,
    with what was known at `known_to`, by default at the watermark: corrections, and facts that were recorded late.

    For managers (of their people), compliance officers and administrators. A moment after the watermark is taken for
    the watermark.
    """
    basis = await reporter.begin(actor, query.as_of, query.known_to)
    where = ObligationFilter(requirement_ids=query.requirement_id)
    known_from = min((query.known_from or reporter.calendar.end_of(basis.day)).astimezone(UTC), basis.known_at)
    rows = await reports.changes(basis.visible, basis.day, known_from, basis.known_at, where)
    return await reporter.send("changes", basis, ChangeRow, one_batch(rows), query.format, known_from=known_from)
