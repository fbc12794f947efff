"""The rows of reports about obligations, and the port that counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from application.compliance.obligations.lists import AsOf, ObligationFilter, VisiblePeople
from application.reporting.report import RuleUsed
from domain.compliance.standing import Label
from domain.kernel.days import days_later


class Grouping(StrEnum):
    """What obligations are counted by."""

    LOCATION = "location"
    DEPARTMENT = "department"
    REQUIREMENT = "requirement"


@dataclass(slots=True)
class ComplianceRow:
    """How many obligations a group has, by label. What the report is not grouped by is null.

    `met_percent` is the share of those that are met, expiring ones included, to a tenth of a percent.
    """

    location_id: UUID | None
    location_name: str | None
    department: str | None
    requirement_id: UUID | None
    requirement_code: str | None
    requirement_title: str | None
    people: int
    obligations: int
    met: int
    expiring: int
    upcoming: int
    due_soon: int
    overdue: int
    lapsed: int
    no_due_day: int
    waived: int
    exempt: int
    paused: int
    met_percent: Decimal


GROUP = tuple(each.name for each in fields(ComplianceRow))[:6]


def compliance_row(group: Sequence[Any], people: int, labels: Mapping[Label, int]) -> ComplianceRow:
    """The row of a group, whose values are in the order of the fields, with the number of its obligations by label."""
    counts = {label: labels.get(label, 0) for label in Label if label is not Label.NOT_APPLICABLE}
    number = sum(counts.values())
    share = Decimal(100 * (counts[Label.MET] + counts[Label.EXPIRING])) / (number or 1)
    values: dict[str, Any] = dict(zip(GROUP, group, strict=True))
    values |= {label.value: count for label, count in counts.items()}
    values |= {"people": people, "obligations": number, "met_percent": share.quantize(Decimal("0.1"), ROUND_FLOOR)}
    return ComplianceRow(**values)


def in_report_order(rows: Iterable[ComplianceRow]) -> list[ComplianceRow]:
    """By the names of location, department and requirement, those without one last."""

    def place(row: ComplianceRow) -> tuple[object, ...]:
        names = (row.location_name, row.department, row.requirement_code)
        return (*((name is None, name or "") for name in names), str(row.location_id))

    return sorted(rows, key=place)


@dataclass(slots=True)
class ForecastRow:
    """How many obligations are due in a week, from Monday to Sunday, by requirement."""

    week_from: date
    week_until: date
    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    due: int


@dataclass(slots=True)
class ChangeRow:
    """What was learned between two moments about an obligation on the same day: how it stood by what was known before
    (null: the person was not under the requirement), and how by what was known after.
    """

    user_id: UUID
    employee_id: str | None
    full_name: str | None
    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    label_before: Label | None
    due_on_before: date | None
    met_on_before: date | None
    label_after: Label | None
    due_on_after: date | None
    met_on_after: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many obligations are due on a day."""

    due_on: date
    requirement_id: UUID
    requirement_code: str
    requirement_title: str
    due: int


@dataclass(frozen=True, slots=True)
class ComplianceCounts:
    """Obligations counted by group, and the rules by which those that were counted exist, by code and number."""

    rows: list[ComplianceRow]
    rules: list[RuleUsed]


class ObligationReports(Protocol):
    """Counts and compares obligations with one statement per call."""

    async def counts(
        self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter, by: Sequence[Grouping]
    ) -> ComplianceCounts:
        """Counted by these, in the order of their names, those without one last."""

    async def due_days(self, visible: VisiblePeople, as_of: AsOf, where: ObligationFilter, last: date) -> list[Counted]:
        """How many are due on each day from the one that is asked about to the last, by day and requirement."""

    async def changes(
        self, visible: VisiblePeople, day: date, known_from: datetime, known_to: datetime, where: ObligationFilter
    ) -> list[ChangeRow]:
        """What was learned in between, by person and requirement."""


def by_week(counted: Sequence[Counted]) -> list[ForecastRow]:
    """The counts of days, in order, as counts of weeks."""
    weeks: dict[tuple[date, UUID], ForecastRow] = {}
    for each in counted:
        monday = monday_of(each.due_on)
        row = ForecastRow(
            monday,
            days_later(monday, 6),
            each.requirement_id,
            each.requirement_code,
            each.requirement_title,
            0,
        )
        weeks.setdefault((monday, each.requirement_id), row).due += each.due
    return sorted(weeks.values(), key=lambda row: (row.week_from, row.requirement_code))


def monday_of(day: date) -> date:
    """The first day of the week that the day is in."""
    return day - timedelta(days=day.weekday())
