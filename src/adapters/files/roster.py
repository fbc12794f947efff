"""The roster as a CSV file: UTF-8, separated by commas, the names of the columns on line 1."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from domain.roster import RosterUnreadable

MAX_COLUMNS = 100
MAX_NAME = 120
MAX_ROW = 65_536
"""Characters of a row."""
MAX_ROW_LINES = 50
"""Physical lines of a row, whose quoted cells may span several. Bounds what a stray quote makes us read again."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")
_NOT_UTF_8 = "has bytes that are not UTF-8"
_UNCLOSED = "has a quoted cell that is not closed"


class CsvRoster:
    """A roster in a CSV file, read as a stream: at most one row of it is in memory.

    `on_progress` is told how many bytes were read since it was last told.
    """

    def __init__(self, path: Path, on_progress: Callable[[int], None] | None = None) -> None:
        self._path = path
        self._on_progress = on_progress

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        """Each row's first line with its cells by column name, or with what is wrong with it.

        Names are lower-case. Blank lines are passed over. Raises RosterUnreadable when the file cannot be
        opened or has no usable header.
        """
        with self._open() as stream:
            rows = _Rows(stream)
            columns = _columns(next(rows, None))
            for number, row in rows:
                problem = row if isinstance(row, str) else _problem(row, len(columns))
                yield number, problem or dict(zip(columns, row, strict=True))

    def _open(self) -> TextIO:
        try:
            raw = _Watched(self._path, self._on_progress)
        except OSError as error:
            raise RosterUnreadable(f"The file cannot be opened: {error.strerror}.") from error
        return io.TextIOWrapper(io.BufferedReader(raw), "utf-8-sig", errors="surrogateescape", newline="")


def _columns(header: tuple[int, list[str] | str] | None) -> list[str]:
    number, names = header or (1, [])
    if number != 1 or not names:
        raise RosterUnreadable("Line 1 must name the columns, and is blank.")
    if isinstance(names, str):
        raise RosterUnreadable(f"Line 1, which must name the columns, cannot be read: {names}.")
    if len(names) > MAX_COLUMNS:
        raise RosterUnreadable(f"There are {len(names)} columns, and may be {MAX_COLUMNS}.")
    columns: list[str] = []
    for position, name in enumerate((name.strip().lower() for name in names), start=1):
        if not name:
            raise RosterUnreadable(f"Column {position} has no name.")
        if _UNDECODABLE.search(name):
            raise RosterUnreadable(f"The name of column {position} {_NOT_UTF_8}.")
        if _CONTROL_OR_BREAK.search(name):
            raise RosterUnreadable(f"The name of column {position} has a control character or a line break.")
        if len(name) > MAX_NAME:
            raise RosterUnreadable(f"The name of column {position} is longer than {MAX_NAME} characters.")
        if name in columns:
            # Not by name: where the header is missing, this is somebody's data.
            raise RosterUnreadable(f"Columns {columns.index(name) + 1} and {position} have the same name.")
        columns.append(name)
    if "email" not in columns:
        raise RosterUnreadable("There is no column named 'email'. Columns are separated by commas.")
    return columns


def _problem(row: list[str], width: int) -> str | None:
    if any(_UNDECODABLE.search(cell) for cell in row):
        return _NOT_UTF_8
    for cell in row:
        if found := _CONTROL.search(cell):
            return f"has the control character U+{ord(found[0]):04X}"
    if len(row) != width:
        return f"has {len(row)} cells, and the header names {width} columns"
    return None


class _Overlong(Exception):
    """A row goes on for too long."""


class _Rows(Iterator[tuple[int, list[str] | str]]):
    """The rows that are not blank, each with the line on which it begins; or why it is not a row.

    After a row that cannot be read, reading goes on with the line below its first one, so that a stray
    quote costs one line and not the rest of the file.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._ahead: deque[str] = deque()
        self._number = 0

    def __next__(self) -> tuple[int, list[str] | str]:
        first = self._take()
        while first.isspace():
            first = self._take()
        if not first:
            raise StopIteration
        number, taken = self._number, [first]
        try:
            # A reader of its own for each row: a failed one leaves nothing behind.
            return number, next(csv.reader(self._row(taken), strict=True))
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
        """The next line with its end, empty after the last one. Of an overlong line only a beginning is kept."""
        line = self._ahead.popleft() if self._ahead else self._read()
        self._number += bool(line)
        return line

    def _read(self) -> str:
        line = rest = self._stream.readline(MAX_ROW + 1)
        # Shorter than asked for is a whole line. A full one that ends in \r may have its \n still to come.
        while len(rest) == MAX_ROW + 1 and not rest.endswith("\n"):
            rest = self._stream.readline(MAX_ROW + 1)
        return line


class _Watched(io.FileIO):
    """A file to read that tells how many bytes were read of it, chunk by chunk."""

    def __init__(self, path: Path, tell: Callable[[int], None] | None) -> None:
        super().__init__(path)
        self._tell = tell

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]  # narrower in the stubs
        count = super().readinto(buffer)
        if self._tell and count:
            self._tell(count)
        return count
