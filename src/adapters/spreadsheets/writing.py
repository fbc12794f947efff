"""Reports in each of their formats."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar

from adapters.spreadsheets.delimited import csv_chunks
from adapters.spreadsheets.documents import json_chunks
from adapters.spreadsheets.workbooks import xlsx_chunks
from application.reporting.report import Report, ReportFile, ReportFormat

T = TypeVar("T")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: dict[ReportFormat, tuple[str, Callable[[Report[Any]], AsyncGenerator[bytes, None]]]] = {
    ReportFormat.JSON: ("application/json", json_chunks),
    ReportFormat.CSV: ("text/csv; charset=utf-8", csv_chunks),
    ReportFormat.XLSX: (WORKBOOK, xlsx_chunks),
}


class ReportFiles:
    """Implements application.reporting.report.ReportWriter."""

    def written(self, report: Report[T]) -> ReportFile[T]:
        media_type, chunks = FORMATS[report.format]
        name = f"{report.name}-{report.as_of.isoformat()}.{report.format}"
        return ReportFile(media_type, name, chunks(report))
