"""What all reports about obligations have in common: what they are of, and rows that are read while they are sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from application.compliance.obligations.lists import AsOf, VisiblePeople
from application.kernel.access import Actor
from application.kernel.ports import Calendar, Clock
from application.kernel.wiring import PortSet
from application.people.histories.queries import HistoryReader

T = TypeVar("T")


class ReportFormat(StrEnum):
    """How a report is sent."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(slots=True)
class RuleUsed:
    """A version of a requirement by which the report was made."""

    requirement_id: UUID
    requirement_code: str
    requirement_version: int


@dataclass(slots=True)
class Report(Generic[T]):
    """A report of the day `as_of`, by what was known at `known_at`, which is at most the `watermark`.

    The same day and the same `known_at` always have the same rows. One that compares two moments also has the first of
    them, `known_from`. `row` is the type of the rows, which `batches` reads
    once, from first to last.
    """

    name: str
    as_of: date
    known_at: datetime
    watermark: datetime
    rules: list[RuleUsed]
    row: type[T]
    batches: AsyncIterator[Sequence[T]]
    format: ReportFormat
    known_from: datetime | None = None

    @property
    def moments(self) -> dict[str, date | datetime]:
        """The day and the moments that it is of, by name."""
        since = {} if self.known_from is None else {"known_from": self.known_from}
        return {"as_of": self.as_of, **since, "known_at": self.known_at, "watermark": self.watermark}


@dataclass(slots=True)
class ReportFile(Generic[T]):
    """A report as it is sent: its parts are made while they are sent."""

    media_type: str
    file_name: str
    chunks: AsyncGenerator[bytes, None]


class ReportWriter(Protocol):
    """Writes reports in each format."""

    def written(self, report: Report[T]) -> ReportFile[T]:
        """The report in its format."""


class UsedRulesReader(Protocol):
    """Reads which rules count, with one statement per call."""

    async def used(self, visible: VisiblePeople, as_of: AsOf) -> list[RuleUsed]:
        """The versions by which visible people have obligations on that day, by code and number."""


@dataclass(frozen=True, slots=True)
class ReportBasis:
    """What a report is made from: the people that its reader may see, the day, and what was known of it."""

    visible: VisiblePeople
    day: date
    known_at: datetime
    watermark: datetime

    @property
    def as_of(self) -> AsOf:
        return AsOf(self.day, self.known_at)


@dataclass(frozen=True, slots=True)
class Reporter(PortSet):
    """Begins a report by fixing what it is made from, and sends it."""

    histories: HistoryReader
    rules: UsedRulesReader
    writer: ReportWriter
    clock: Clock
    calendar: Calendar

    async def begin(self, actor: Actor, as_of: date | None, known_at: datetime | None) -> ReportBasis:
        """The day is by default today, and what is known by default all up to the watermark."""
        # First, in a statement of its own: what was recorded by then is visible to the later statements.
        watermark = await self.histories.watermark()
        day = as_of or self.calendar.day_of(self.clock.now())
        return ReportBasis(VisiblePeople.of(actor), day, watermark.limit(known_at), watermark.at)

    async def send(
        self,
        name: str,
        basis: ReportBasis,
        row: type[T],
        batches: AsyncIterator[Sequence[T]],
        format: ReportFormat,
        *,
        known_from: datetime | None = None,
        rules: list[RuleUsed] | None = None,
    ) -> ReportFile[T]:
        """The report with these rows, to be sent. The rules are read unless they are given."""
        if rules is None:
            rules = await self.rules.used(basis.visible, basis.as_of)
        return self.writer.written(
            Report(name, basis.day, basis.known_at, basis.watermark, rules, row, batches, format, known_from)
        )
