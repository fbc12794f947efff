"""The roster as a file that HR systems and spreadsheets export, with column names in its first row.

CSV, separated by commas, semicolons or tabs, in UTF-8, in UTF-16 (Excel's "Unicode text"), or in Windows-1252 if
declared; or an Excel workbook (XLSX).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TextIO

from adapters.files.delimited import DelimitedRows, uneven
from adapters.files.roster_cells import plain, told_of_cell, told_of_name
from adapters.files.roster_mapping import read_mapping, read_mapping_file
from adapters.files.rows import BadCell, Cells, WatchedFile
from adapters.files.signatures import XLSX, signature_of
from adapters.files.xlsx import xlsx_rows
from application.people.roster_lines import RosterCells, RosterLine, RosterReadAs
from domain.kernel.text import is_blank, line
from domain.people.roster import LineProblem, RosterUnreadable
from domain.people.roster_columns import RosterColumns, means_address
from domain.people.roster_mapping import AS_WRITTEN, RosterMapping, header_name

MAX_COLUMNS = 100
MAX_NAME = 120
MAX_WRITTEN = 1_000
"""A cell with more characters, spaces included, is not compared with the names of columns, which takes time."""
MAX_TITLE_ROWS = 20
"""Rows in which the header is looked for, so that a message can say where it is."""

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "us-ascii": "utf-8-sig",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "windows-1252": "cp1252",
    # Text declared as Latin-1 is decoded as Windows-1252, as in browsers (WHATWG Encoding Standard).
    "iso-8859-1": "cp1252",
}
"""Python's names of a roster's charsets (application.people.roster_lines.CHARSETS)."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ENOUGH = 8
"""Bytes of a file that are enough to tell UTF-16 from others."""
_SEPARATORS = (",", ";", "\t")


class FileRoster:
    """A roster in a file, read as a stream: at most one row is in memory, and the shared texts of a workbook.

    What kind of file it is, its first bytes say. `on_progress` gets the number of bytes read since its last call.
    `encoding` is one of CHARSETS, for CSV; `sheet` is the name of a workbook's sheet, by default the mapping's or
    the first visible one. `mapping` is the mapping's file or its content.
    """

    def __init__(
        self,
        path: Path,
        on_progress: Callable[[int], None] | None = None,
        *,
        encoding: str = "utf-8",
        sheet: str | None = None,
        mapping: Path | bytes | None = None,
    ) -> None:
        self._path = path
        self._on_progress = on_progress
        self._encoding = ENCODINGS[encoding]
        self._sheet = sheet
        self._mapping = mapping
        self.headers: dict[str, str] = {}
        """The names of the columns as written, by those in lower case, as soon as the header was read."""

    @classmethod
    def read_as(cls, path: Path, encoding: str, said: RosterReadAs) -> FileRoster:
        """The roster in a file, read as was said."""
        mapping = None if said.mapping is None else said.mapping.encode()
        return cls(path, encoding=encoding, sheet=said.sheet, mapping=mapping)

    @cached_property
    def mapping(self) -> RosterMapping:
        """What its columns are. Raises RosterUnreadable when the mapping has mistakes."""
        if isinstance(self._mapping, Path):
            return read_mapping_file(self._mapping)
        return AS_WRITTEN if self._mapping is None else read_mapping(self._mapping, "mapping")

    def lines(self) -> Iterator[RosterLine]:
        """The first line number of each row, with its cells by column name, or with its problem.

        Names are lower-case. Empty rows are skipped. Raises RosterUnreadable when the file cannot be opened or has no
        usable header.
        """
        sheet = self._sheet or self.mapping.sheet
        with WatchedFile(self._path, None) as file:
            start = file.read(1_024)
        if signature_of(start) == XLSX:
            with closing(xlsx_rows(self._path, self._on_progress, sheet)) as rows:
                columns = self._header(rows)
                keys = [*filter(self._is_key, columns)]
                for number, cells in rows:
                    if isinstance(cells, list):
                        cells += [""] * (len(columns) - len(cells))
                    yield number, self._line(number, cells, columns, keys)
            return
        if sheet is not None:
            raise RosterUnreadable("The file is not an Excel workbook (.xlsx), so it has no sheets.")
        self._require_encoding(start)
        separator = self._separator(start)
        with self._open(start, self._on_progress) as stream:
            lines = DelimitedRows(stream, separator)
            columns = self._header(_with_header(lines))
            keys = [*filter(self._is_key, columns)]
            lines.width = len(columns)
            for number, cells in lines:
                if not isinstance(cells, list) or not all(map(is_blank, cells)):
                    yield number, self._line(number, cells, columns, keys)

    def _header(self, rows: Iterator[tuple[int, Cells]]) -> list[str]:
        wanted = self.mapping.header
        number, names = next(rows, (1, []))
        while wanted and number < wanted:
            number, names = next(rows, (wanted, []))
        if wanted and number != wanted:
            number, names = wanted, []
        try:
            columns = _columns(number, names)
            RosterColumns.of(columns, self.mapping)
        except RosterUnreadable:
            for later, row in islice(rows, MAX_TITLE_ROWS):
                if self._is_header(later, row):
                    raise RosterUnreadable(
                        f"Line {number} does not name the columns, and line {later} seems to. Remove the lines above "
                        f"it, or say `header: {later}` in a mapping."
                    ) from None
            raise
        written = names if isinstance(names, list) else []
        self.headers = {name: line(plain(text)) for name, text in zip(columns, written, strict=False)}
        return columns

    def _is_header(self, number: int, cells: Cells) -> bool:
        try:
            RosterColumns.of(_columns(number, cells), self.mapping)
        except RosterUnreadable:
            return False
        return True

    def _is_key(self, name: str) -> bool:
        """Whether a column of this name says who a person is."""
        return means_address(name) or self._targets.get(header_name(name)) in ("email", "employee_id")

    @cached_property
    def _targets(self) -> dict[str, str]:
        return self.mapping.targets()

    def _separator(self, start: bytes) -> str:
        """The separator of the cells: the one with which a header has an e-mail column, otherwise the comma."""
        usable: dict[str, int] = {}
        for separator in _SEPARATORS:
            with self._open(start, None) as stream:
                rows = _with_header(DelimitedRows(stream, separator))
                for _, names in islice(rows, max(MAX_TITLE_ROWS, self.mapping.header or 0)):
                    if isinstance(names, list) and any(map(self._is_key, names)):
                        usable[separator] = len(names)
                        break
        return max(usable, key=lambda each: usable[each], default=",")

    def _open(self, start: bytes, tell: Callable[[int], None] | None) -> TextIO:
        raw = WatchedFile(self._path, tell)
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), self._encoding)
        # Invalid UTF-16 cannot be escaped byte by byte.
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        return io.TextIOWrapper(io.BufferedReader(raw), encoding, errors=errors, newline="")

    def _require_encoding(self, start: bytes) -> None:
        """Raises RosterUnreadable for UTF-16 that was not declared, or was by mistake."""
        if any(start.startswith(mark) for mark, _ in _MARKS) or len(start) < _ENOUGH:
            return
        is_utf_16 = start.count(0) * 3 > len(start)  # each character of English text has a NUL
        if is_utf_16 and not self._encoding.startswith("utf-16"):
            raise RosterUnreadable(
                "The file seems to be UTF-16 without a byte order mark. Declare it as utf-16, or save it as "
                "'CSV UTF-8'."
            )
        if self._encoding.startswith("utf-16") and 0 not in start:
            raise RosterUnreadable("The file was declared as UTF-16, and is not. Leave the declaration out.")

    def _line(self, number: int, cells: Cells, columns: list[str], keys: list[str]) -> RosterCells:
        if isinstance(cells, str):
            return cells
        if isinstance(cells, BadCell):
            return LineProblem(number, _named(columns, cells.position), cells.message)
        for position, cell in enumerate(cells):
            cells[position] = cell = plain(cell)
            if told := told_of_cell(cell, is_utf_8=self._encoding == "utf-8-sig"):
                return LineProblem(number, _named(columns, position), told)
        if not all(map(is_blank, cells[len(columns) :])):
            return uneven(cells, len(columns))
        row = dict(zip(columns, cells, strict=False))
        if any(len(row[name]) < MAX_WRITTEN and _names(row[name], name) for name in keys):
            return "names the columns again; remove the line, or import the files that were joined one by one"
        return row


def _names(cell: str, column: str) -> bool:
    """Whether the cell is the name of its column, or of another one that says who a person is."""
    return means_address(cell) or header_name(cell) == column


def _named(columns: list[str], position: int) -> str | None:
    return columns[position] if position < len(columns) else None


def _with_header(rows: DelimitedRows) -> Iterator[tuple[int, Cells]]:
    yield rows.header()
    yield from rows


def _columns(number: int, names: Cells) -> list[str]:
    if isinstance(names, BadCell):
        names = names.message
    if isinstance(names, str):
        raise RosterUnreadable(f"Line {number}, which must name the columns, cannot be read: {names}.")
    while len(names) > 1 and is_blank(names[-1]):
        names.pop()
    if not names:
        raise RosterUnreadable(f"Line {number} must name the columns, and is blank.")
    if len(names) > MAX_COLUMNS:
        raise RosterUnreadable(f"There are {len(names)} columns; at most {MAX_COLUMNS} are allowed.")
    columns: list[str] = []
    for position, name in enumerate(names, start=1):
        columns.append(_name(name, position, columns))
    return columns


def _name(written: str, position: int, before: list[str]) -> str:
    if told := told_of_name(written):
        raise RosterUnreadable(f"The name of column {position} {told}.")
    name = header_name(plain(written))
    if not name:
        raise RosterUnreadable(f"Column {position} has no name.")
    if len(name) > MAX_NAME:
        raise RosterUnreadable(f"The name of column {position} is longer than {MAX_NAME} characters.")
    if name in before:
        # Without the text: if the header is missing, it is personal data.
        raise RosterUnreadable(f"Columns {before.index(name) + 1} and {position} have the same name.")
    return name
