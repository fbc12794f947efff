"""The roster as a CSV file, as exported by HR systems and spreadsheets, with column names in the first line.

Separated by commas, semicolons or tabs; in UTF-8, in UTF-16 (Excel's "Unicode text"), or in Windows-1252 if declared.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from domain.kernel.text import is_blank, line
from domain.people.roster import RosterUnreadable
from domain.people.roster_columns import RosterColumns, means_address

MAX_COLUMNS = 100
MAX_NAME = 120
MAX_ROW = 65_536
"""Characters of a row."""
MAX_ROW_LINES = 50
"""Physical lines of a row, whose quoted cells may span several. Limits how much is read again after a stray quote."""

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
_SEPARATORS = (",", ";", "\t")
_SAID = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")
_NOT_UTF_8 = "has bytes that are not UTF-8; save the file as 'CSV UTF-8', or declare it as windows-1252"
_UNCLOSED = "has a quoted cell that is not closed"


class CsvRoster:
    """A roster in a CSV file, read as a stream: at most one row is in memory.

    `on_progress` gets the number of bytes read since its last call. `encoding` is one of CHARSETS.
    """

    def __init__(
        self, path: Path, on_progress: Callable[[int], None] | None = None, *, encoding: str = "utf-8"
    ) -> None:
        self._path = path
        self._on_progress = on_progress
        self._encoding = ENCODINGS[encoding]

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        """The first line number of each row, with its cells by column name, or with its problem.

        Names are lower-case. Empty rows are skipped. Raises RosterUnreadable when the file cannot be opened or has no
        usable header.
        """
        separator = self._separator()
        with self._open(self._on_progress) as stream:
            rows = _Rows(stream, separator)
            columns = _columns(rows.header())
            RosterColumns.of(columns)
            for number, row in rows:
                if isinstance(row, list) and all(map(is_blank, row)):
                    continue
                problem = row if isinstance(row, str) else self._problem(row, columns)
                yield number, problem or dict(zip(columns, row, strict=False))

    def _separator(self) -> str:
        """The separator of the cells: the one with which the header has an e-mail column, otherwise the comma."""
        usable: dict[str, int] = {}
        for separator in _SEPARATORS:
            with self._open(None) as stream:
                _, names = _Rows(stream, separator).header()
            if isinstance(names, list) and any(map(means_address, names)):
                usable[separator] = len(names)
        return max(usable, key=lambda each: usable[each], default=",")

    def _open(self, tell: Callable[[int], None] | None) -> TextIO:
        try:
            with self._path.open("rb") as file:
                start = file.read(3)
            raw = _Watched(self._path, tell)
        except OSError as error:
            raise RosterUnreadable(f"The file cannot be opened: {error.strerror}.") from error
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), self._encoding)
        # Invalid UTF-16 cannot be escaped byte by byte.
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        return io.TextIOWrapper(io.BufferedReader(raw), encoding, errors=errors, newline="")

    def _problem(self, row: list[str], columns: list[str]) -> str | None:
        for place, cell in enumerate(row):
            where = f" in column {columns[place]!r}" if place < len(columns) else ""
            if _UNDECODABLE.search(cell):
                return _NOT_UTF_8 if self._encoding == "utf-8-sig" else f"has bytes that are not a character{where}"
            if "\ufffd" in cell:
                return f"has the character U+FFFD{where}, which replaces a lost character; export the file again"
            if found := _CONTROL.search(cell):
                return f"has the control character U+{ord(found[0]):04X}{where}"
        if len(row) < len(columns) or not all(map(is_blank, row[len(columns) :])):
            return f"has {len(row)} cells, and the header names {len(columns)} columns"
        return None


def _columns(header: tuple[int, list[str] | str]) -> list[str]:
    number, names = header
    if not names:
        raise RosterUnreadable(f"Line {number} must name the columns, and is blank.")
    if isinstance(names, str):
        raise RosterUnreadable(f"Line {number}, which must name the columns, cannot be read: {names}.")
    while len(names) > 1 and is_blank(names[-1]):
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise RosterUnreadable(f"There are {len(names)} columns; at most {MAX_COLUMNS} are allowed.")
    columns: list[str] = []
    for position, name in enumerate(names, start=1):
        columns.append(_name(name, position, columns))
    return columns


def _name(written: str, position: int, before: list[str]) -> str:
    if _UNDECODABLE.search(written) or "\ufffd" in written:
        raise RosterUnreadable(f"The name of column {position} {_NOT_UTF_8}.")
    if _CONTROL_OR_BREAK.search(written.strip()):
        raise RosterUnreadable(f"The name of column {position} has a control character or a line break.")
    name = line(written).lower()
    if not name:
        raise RosterUnreadable(f"Column {position} has no name.")
    if len(name) > MAX_NAME:
        raise RosterUnreadable(f"The name of column {position} is longer than {MAX_NAME} characters.")
    if name in before:
        # Without the text: if the header is missing, it is personal data.
        raise RosterUnreadable(f"Columns {before.index(name) + 1} and {position} have the same name.")
    return name


class _Overlong(Exception):
    """A row is too long."""


class _Rows(Iterator[tuple[int, list[str] | str]]):
    """The rows that are not blank, each with its first line number, or with the reason why it is not a row.

    After an unreadable row, reading continues with the line after its first one, so that a stray quote invalidates one
    line and not the rest of the file.
    """

    def __init__(self, stream: TextIO, separator: str) -> None:
        self._stream = stream
        self._separator = separator
        self._ahead: deque[str] = deque()
        self._number = 0

    def header(self) -> tuple[int, list[str] | str]:
        """The first line's cells, and its number. A line before it may declare the separator, as Excel writes it."""
        first = self._take()
        said = _SAID.fullmatch(first)
        if said:
            self._separator = said[1]
            first = self._take()
        if not first.strip():
            return max(self._number, 1), []
        self._ahead.appendleft(first)
        self._number -= 1
        return next(self)

    def __next__(self) -> tuple[int, list[str] | str]:
        first = self._take()
        while first.isspace():
            first = self._take()
        if not first:
            raise StopIteration
        number, taken = self._number, [first]
        try:
            # A new reader for each row, so that a failure does not affect the next row.
            return number, next(csv.reader(self._row(taken), delimiter=self._separator, strict=True))
        except (csv.Error, _Overlong) as error:
            self._ahead.extendleft(reversed(taken[1:]))
            self._number = number
            return number, _UNCLOSED if str(error) == "unexpected end of data" else str(error)

    def _row(self, taken: list[str]) -> Iterator[str]:
        size = 0
        while True:
            size += len(taken[-1])
            if size > MAX_ROW:
                raise _Overlong(f"is longer than {MAX_ROW:,} characters")
            if len(taken) > MAX_ROW_LINES:
                raise _Overlong(f"{_UNCLOSED} within {MAX_ROW_LINES} lines")
            yield taken[-1]
            if not (line := self._take()):
                return
            taken.append(line)

    def _take(self) -> str:
        """The next line with its end; empty at the end of the file. An overlong line is truncated."""
        line = self._ahead.popleft() if self._ahead else self._read()
        self._number += bool(line)
        return line

    def _read(self) -> str:
        line = rest = self._stream.readline(MAX_ROW + 1)
        # A line shorter than the limit is complete. At the limit, the \n of a \r\n may not have been read yet.
        while len(rest) == MAX_ROW + 1 and not rest.endswith("\n"):
            rest = self._stream.readline(MAX_ROW + 1)
        return line


class _Watched(io.FileIO):
    """A file for reading that reports the number of bytes read, chunk by chunk."""

    def __init__(self, path: Path, tell: Callable[[int], None] | None) -> None:
        super().__init__(path)
        self._tell = tell

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]  # narrower in the stubs
        count = super().readinto(buffer)
        if self._tell and count:
            self._tell(count)
        return count
