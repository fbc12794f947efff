"""The lines of a roster: how they are read from a file, a thousand at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated, Protocol

from application.kernel.ports import Typeface
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Text
from domain.people.roster import LineProblem, RosterEntry, RosterUnreadable
from domain.people.roster_columns import ColumnRead, RosterColumns
from domain.people.roster_mapping import RosterMapping
from domain.people.roster_places import PlacesAndTitles
from domain.people.roster_positions import LineKeys

CHARSETS = ("utf-8", "us-ascii", "utf-16", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1")
"""What a roster can be said to be in. A byte order mark in the file takes precedence."""

MOST_TOLD = 1_000

BATCH = 1_000
"""Lines held in memory at a time."""
MOST_PROBLEMS = 10_000
"""The most bad lines of a file; then reading stops."""


MOST_MAPPING = 4_000
"""Characters of a mapping in an address, which some proxies limit to 8 KiB."""


@dataclass(frozen=True, slots=True)
class RosterReadAs:
    """How a file is to be read: which sheet of a workbook, and by which mapping, in YAML."""

    sheet: Annotated[str, Text(max=31)] | None = None
    mapping: Annotated[str, Text(max=MOST_MAPPING, form="lines")] | None = None


RosterCells = dict[str, str] | LineProblem | str
"""The cells of a line by column name, or what is wrong with one of them, or with the whole line."""
RosterLine = tuple[int, RosterCells]
"""A line's number and its cells."""


class RosterFile(Protocol):
    """A roster to read, from its beginning each time."""

    @property
    def mapping(self) -> RosterMapping:
        """What its columns are, as far as their names do not say it. Raises RosterUnreadable."""

    def lines(self) -> Iterator[RosterLine]:
        """Each line with its cells by column name, or with what is wrong with it.

        The header is line 1. Raises RosterUnreadable when there is no usable header.
        """


class RosterReading:
    """The lines as they are read, with what is wrong with them."""

    def __init__(self, file: RosterFile, typeface: Typeface) -> None:
        self._file = file
        self._typeface = typeface
        self.problems: list[LineProblem] = []
        self.unprintable: list[LineProblem] = []
        self.unmapped: list[LineProblem] = []
        self.unread: list[LineKeys] = []
        """Invalid lines, as far as they name somebody."""
        self.texts = PlacesAndTitles()
        self._columns: RosterColumns | None = None

    @property
    def columns_read(self) -> list[ColumnRead]:
        return list(self._columns.readings) if self._columns else []

    @property
    def has_positions(self) -> bool:
        """Whether the file has all positions of people, and says which one is the primary one."""
        return self._columns is not None and self._columns.has_positions

    @property
    def knows_whom_it_misses(self) -> bool:
        """Whether all invalid lines name somebody."""
        return len(self.problems) == sum(each.names_somebody for each in self.unread)

    def and_these(self, problems: Iterable[LineProblem]) -> list[LineProblem]:
        """All problems in the order of the lines, these too, with the names that the columns have in the file."""
        return sorted((*self.problems, *self.named(problems)), key=lambda problem: problem.line)

    def named(self, problems: Iterable[LineProblem]) -> list[LineProblem]:
        """These problems, with the names that the columns have in the file."""
        columns = self._columns
        return [
            replace(each, column=columns.header_of(each.column)) if columns and each.column else each
            for each in problems
        ]

    async def entries(self) -> AsyncIterator[list[RosterEntry]]:
        """The valid lines, a batch at a time. Raises RosterUnreadable."""
        lines = self._file.lines()
        # In a thread: a large file with only empty or bad lines would block other requests.
        while (entries := await asyncio.to_thread(self._next, lines)) is not None:
            yield entries

    def _next(self, lines: Iterator[RosterLine]) -> list[RosterEntry] | None:
        """The valid ones of the next lines, None after the last. Raises RosterUnreadable when too many are bad."""
        batch = list(islice(lines, BATCH))
        entries = [entry for number, cells in batch if (entry := self._entry(number, cells))]
        if len(self.problems) > MOST_PROBLEMS:
            raise RosterUnreadable(f"More than {MOST_PROBLEMS:,} lines are invalid. This does not seem to be a roster.")
        return entries if batch else None

    def _entry(self, number: int, cells: RosterCells) -> RosterEntry | None:
        if not isinstance(cells, dict):
            self.problems.append(LineProblem(number, None, cells) if isinstance(cells, str) else cells)
            return None
        columns = self._columns = self._columns or RosterColumns.of(tuple(cells), self._file.mapping)
        try:
            entry = RosterEntry.parse(number, columns.cells(cells))
            self._look_at(entry, columns)
            self.texts.see(entry)
            return entry
        except InvalidValue as error:
            column = columns.header_of(str(error.field[0])) if error.field else None
            self.unread.append(columns.keys(number, cells))
            self.problems.append(LineProblem(number, column, str(error)))
            return None

    def _look_at(self, entry: RosterEntry, columns: RosterColumns) -> None:
        lacking = self._typeface.lacks(entry.full_name) if entry.full_name else ()
        if lacking and len(self.unprintable) < MOST_TOLD:
            told = f"has {', '.join(lacking)}, which certificates replace or leave out"
            self.unprintable.append(LineProblem(entry.line, columns.header_of("full_name"), told))
