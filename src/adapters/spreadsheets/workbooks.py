"""Reports as Excel workbooks: real dates and numbers, headings that stay, and a sheet that says what the report is of.

XlsxWriter writes each row to a temporary file, so that the size of a report does not matter.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from adapters.spreadsheets.cells import Cell, cells_of
from application.reporting.report import Report

CHUNK = 65_536
MOST_ROWS = 1_048_575
"""Below the heading."""
MOST_CHARACTERS = 32_767
"""Of a text in a cell."""
WIDTH = 18


async def xlsx_chunks(report: Report[Any], most_rows: int = MOST_ROWS) -> AsyncGenerator[bytes, None]:
    """The workbook a part at a time; with further sheets after `most_rows` rows."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        book = _Book(file, folder, report, most_rows)
        try:
            async for batch in report.batches:
                await _aside(book.write, [cells_of(row) for row in batch])
            await _aside(book.close)
        except BaseException:
            book.drop()
            raise
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


async def _aside(work: Callable[..., None], *given: Any) -> None:
    """Do this in a thread, so that the service goes on answering others. It has ended when this ends, also by a
    cancellation: the workbook must not be dropped while it is written.
    """
    working = asyncio.create_task(asyncio.to_thread(work, *given))
    try:
        await asyncio.shield(working)
    finally:
        await asyncio.wait([working])


class _Book:
    def __init__(self, file: Any, folder: str, report: Report[Any], most_rows: int) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(file, options)
        self._heading = self._book.add_format({"bold": True, "bottom": 1})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._title, self._most_rows = report.name.capitalize(), most_rows
        self._names = [each.name for each in fields(report.row)]
        self._moments = report.moments
        self._rules = [(each.requirement_code, each.requirement_version) for each in report.rules]
        self._sheets = 0
        self._add_sheet()

    def _add_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._title if self._sheets == 1 else f"{self._title} {self._sheets}")
        self._sheet.set_column(0, len(self._names) - 1, WIDTH)
        self._sheet.write_row(0, 0, self._names, self._heading)
        self._sheet.freeze_panes(1, 0)
        self._next = 1

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            if self._next > self._most_rows:
                self._add_sheet()
            for column, cell in enumerate(row):
                self._put(self._sheet, self._next, column, cell)
            self._next += 1

    def close(self) -> None:
        sheet = self._book.add_worksheet("About")
        sheet.set_column(0, 1, WIDTH)
        for place, (name, moment) in enumerate(self._moments.items()):
            sheet.write_string(place, 0, name if name == "as_of" else f"{name} (UTC)", self._heading)
            self._put(sheet, place, 1, moment)
        sheet.write_row(
            len(self._moments), 0, ("names", "the present ones; departments and locations are those of the day")
        )
        rules_from = len(self._moments) + 3
        sheet.write_row(rules_from - 1, 0, ("requirement", "version"), self._heading)
        for place, rule in enumerate(self._rules, start=rules_from):
            sheet.write_row(place, 0, rule)
        self._book.close()

    def drop(self) -> None:
        """Close the temporary files of the rows. Closing the workbook would first write all of it."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()

    def _put(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None | "":
                return
            case bool():
                sheet.write_boolean(row, column, cell)
            case int() | float() | Decimal():
                sheet.write_number(row, column, cell)
            case datetime():
                sheet.write_datetime(row, column, cell.replace(tzinfo=None), self._moment)
            case date():
                self._put_day(sheet, row, column, cell)
            case _:
                sheet.write_string(row, column, cell[:MOST_CHARACTERS])

    def _put_day(self, sheet: Any, row: int, column: int, day: date) -> None:
        # Excel counts days from 1900 on.
        if day.year < 1900:
            sheet.write_string(row, column, day.isoformat())
        else:
            sheet.write_datetime(row, column, datetime(day.year, day.month, day.day), self._day)
