"""The rows of a CSV file, read as a stream."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from adapters.files.rows import MAX_ROW, OVERLONG, Cells

MAX_ROW_LINES = 50
"""Physical lines of a row, whose quoted cells may span several. Limits how much is read again after a stray quote."""

_SAID = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_UNCLOSED = "has a quoted cell that is not closed"
_AFTER_QUOTE = re.compile(r"'.' expected after '\"'")
_CUT = "; the file ends here without the end of a line and may be cut off, so export it again"


def uneven(row: list[str], width: int) -> str:
    """The problem of a row that is not as wide as the header."""
    return f"has {len(row)} cells, and the header names {width} columns"


class _Overlong(Exception):
    """A row is too long."""


class DelimitedRows(Iterator[tuple[int, Cells]]):
    """The rows that are not blank, each with its first line number, or with the reason why it is not a row.

    After an unreadable row, reading continues with the line after its first one, so that a stray quote invalidates one
    line and not the rest of the file.
    """

    def __init__(self, stream: TextIO, separator: str) -> None:
        self.width = 0
        """The cells that a row must have."""
        self._stream = stream
        self._separator = separator
        self._ahead: deque[str] = deque()
        self._number = 0

    def header(self) -> tuple[int, Cells]:
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

    def __next__(self) -> tuple[int, Cells]:
        first = self._take()
        while first.isspace():
            first = self._take()
        if not first:
            raise StopIteration
        number, taken = self._number, [first]
        try:
            # A new reader for each row, so that a failure does not affect the next row.
            row = next(csv.reader(self._row(taken), delimiter=self._separator, strict=True))
        except (csv.Error, _Overlong) as error:
            told = str(error)
            if told == "unexpected end of data":
                told = _UNCLOSED + (_CUT if self._is_cut(taken) else "")
            elif _AFTER_QUOTE.fullmatch(told):
                told = "has text after the closing quotation mark of a cell; inside a cell, write quotation marks twice"
            self._ahead.extendleft(reversed(taken[1:]))
            self._number = number
            return number, told
        if len(row) < self.width:
            return number, uneven(row, self.width) + (_CUT if self._is_cut(taken) else "")
        return number, row

    def _is_cut(self, taken: list[str]) -> bool:
        """Whether the last of these lines has no end, as where a file breaks off."""
        return not taken[-1].endswith(("\n", "\r")) and len(taken[-1]) <= MAX_ROW

    def _row(self, taken: list[str]) -> Iterator[str]:
        size = 0
        while True:
            size += len(taken[-1])
            if size > MAX_ROW:
                raise _Overlong(OVERLONG)
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
