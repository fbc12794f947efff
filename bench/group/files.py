"""The files of the HR system of each night: everybody who works in the group, on one line or one for each position."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from zlib import crc32

from bench.group.people import Line

Cell = str | int | date | None

Columns = Mapping[str, Callable[[Line], Cell]]

COLUMNS: Columns = {
    "employee_id": lambda line: line.employee_id,
    "email": lambda line: line.email,
    "full_name": lambda line: line.full_name,
    "department": lambda line: line.department,
    "job_title": lambda line: line.job_title,
    "location": lambda line: line.location,
    "hired_on": lambda line: line.hired_on,
    "rehired_on": lambda line: line.rehired_on,
    "weekly_hours": lambda line: line.weekly_hours,
    "license_state": lambda line: line.license_state,
}

OF_POSITIONS: Columns = {**COLUMNS, "is_primary": lambda line: "Yes" if line.is_primary else "No"}
"""Of a file with a line for each position (`Group.roster` with `all_positions`)."""


def cells_of(line: Line, columns: Columns = COLUMNS) -> list[Cell]:
    """What the file says in this line."""
    return [column(line) for column in columns.values()]


def write_csv(path: Path, lines: Iterable[Line], columns: Columns = COLUMNS) -> int:
    """Write a file as HR systems export it, and return the number of lines below the header."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for line in lines:
            writer.writerow(cells_of(line, columns))
            count += 1
    return count


def write_xlsx(path: Path, lines: Iterable[Line]) -> int:
    """As `write_csv`, a workbook with real dates and numbers, and employee ids as text."""
    from xlsxwriter import Workbook  # installed for the tests, but not for comparing requests

    count = 0
    with Workbook(path, {"constant_memory": True, "default_date_format": "mm/dd/yyyy"}) as book:
        sheet = book.add_worksheet("Workers")
        sheet.write_row(0, 0, [*COLUMNS])
        for count, line in enumerate(lines, start=1):
            for place, value in enumerate(cells_of(line)):
                if isinstance(value, str):
                    sheet.write_string(count, place, value)
                elif value is not None:
                    sheet.write(count, place, value)
    return count


def reorganized(lines: Iterable[Line], share: float) -> Iterator[Line]:
    """The lines after a reorganization, in which this share of the people came into another department."""
    for line in lines:
        concerned = crc32(line.employee_id.encode()) % 10_000 < share * 10_000
        yield replace(line, department=f"{line.department} Services") if concerned else line
