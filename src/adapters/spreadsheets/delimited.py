"""Reports as CSV (RFC 4180), in UTF-8 with the mark by which Excel recognizes it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime
from typing import Any

from adapters.spreadsheets.cells import Cell, about, cells_of, columns_of
from application.reporting.report import Report

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What begins a formula where a text would be expected."""


async def csv_chunks(report: Report[Any]) -> AsyncGenerator[bytes, None]:
    """The report a part at a time."""
    end = [_text(each) for each in about(report)]
    yield codecs.BOM_UTF8 + _lines([columns_of(report)])
    async for batch in report.batches:
        yield _lines([[*map(_text, cells_of(row)), *end] for row in batch])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return lines.getvalue().encode()


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.isoformat().replace("+00:00", "Z")
        case date():
            return cell.isoformat()
        case str():
            # An apostrophe makes a text of what a spreadsheet would compute. Numbers are no texts, and stay.
            return f"'{cell}" if cell.startswith(FORMULAS) else cell
    return str(cell)
