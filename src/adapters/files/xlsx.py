"""The rows of a sheet of an XLSX workbook, read as a stream. Formulas have the results with which Excel saved them."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

from adapters.files.rows import MAX_ROW, OVERLONG, BadCell, Cells, Tell
from adapters.files.xlsx_cells import BadValue, Formats, RawCell, SharedTexts, Values
from adapters.files.xlsx_package import MAX_SHEET, Package, Relation, XmlParser, damaged
from domain.kernel.text import is_blank
from domain.people.roster import RosterUnreadable

MAX_SHEET_COLUMNS = 16_384
MAX_SHEET_ROWS = 1_048_576
MAX_WIDTH = 200
"""Columns that are looked at; values beyond these are reported."""
_NAMED = 10
"""How many sheets a message names."""


def xlsx_rows(path: Path, tell: Tell | None, sheet: str | None) -> Generator[tuple[int, Cells], None, None]:
    """The number of each row that is not blank, with its cells.

    `sheet` is a name in any case; without it the first visible sheet is read. Raises RosterUnreadable.
    """
    with Package(path, tell) as package:
        main = package.workbook()
        related = package.relations(main)
        book = _Workbook(package, main, related)
        parts = {relation.kind: relation.part for relation in related.values()}
        texts = SharedTexts(package, parts.get("sharedStrings"))
        values = Values(texts, Formats(package, parts.get("styles")), since_1904=book.since_1904)
        for number, cells in _Sheet(package, book.part_of(sheet)).rows():
            row = _row(cells, values)
            if not isinstance(row, list) or not all(map(is_blank, row)):
                yield number, row


def _row(cells: list[RawCell], values: Values) -> Cells:
    if sum(len(cell.written or "") for cell in cells) > MAX_ROW:
        return OVERLONG
    row = [""] * min(cells[-1].position + 1, MAX_WIDTH)
    size = 0
    for cell in cells:
        try:
            text = values.text(cell)
        except BadValue as error:
            return BadCell(cell.position, str(error))
        size += len(text)
        if size > MAX_ROW:
            return OVERLONG
        if cell.position < MAX_WIDTH:
            row[cell.position] = text
        elif not is_blank(text):
            return f"has a value in column {cell.position + 1}; at most {MAX_WIDTH} columns are read"
    return row


class _Workbook:
    """The list of the sheets."""

    def __init__(self, package: Package, main: str, related: dict[str, Relation]) -> None:
        self.since_1904 = False
        self._related = related
        self._sheets: list[tuple[str, str, bool]] = []
        package.parse(main, self._start)

    def part_of(self, sheet: str | None) -> str:
        """The part with the rows of the sheet."""
        if sheet is not None:
            found = [part for name, part, _ in self._sheets if name.casefold() == sheet.strip().casefold()]
            if not found:
                names = ", ".join(repr(name) for name, _, _ in self._sheets[:_NAMED])
                raise RosterUnreadable(f"The workbook has no sheet named {sheet!r}; its sheets are {names}.")
            return found[0]
        for _, part, is_visible in self._sheets:
            if is_visible:
                return part
        raise RosterUnreadable("The workbook has no visible sheet with cells.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            related = next((attributes[key] for key in attributes if key.endswith(":id")), "")
            relation = self._related.get(related)
            if relation and relation.kind == "worksheet":
                is_visible = attributes.get("state", "visible") == "visible"
                self._sheets.append((attributes.get("name", ""), relation.part, is_visible))


class _Sheet:
    """Reads one sheet. Cells are interpreted when they are needed, so that a chunk of them stays small."""

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._part = part
        self._rows: deque[tuple[int, list[RawCell]]] = deque()
        self._cells: list[RawCell] = []
        self._number = 0
        self._at = -1
        self._attributes: dict[str, str] = {}
        self._written: list[str] = []
        self._size = 0
        self._has_value = self._has_formula = self._in_value = self._in_phonetic = self._is_over = False

    def rows(self) -> Iterator[tuple[int, list[RawCell]]]:
        """The rows that have cells, with their numbers."""
        parser = XmlParser(start=self._start, end=self._end, text=self._text)
        for chunk in self._package.chunks(self._part, MAX_SHEET):
            parser.feed(chunk)
            while self._rows:
                yield self._rows.popleft()
            if self._is_over:
                return
        parser.finish()
        if not self._is_over:
            raise damaged()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._is_over:
            return
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self._in_value = self._has_value = not self._in_phonetic
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._in_phonetic = True
        elif name == "row":
            number = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self._number + 1
            if not self._number < number <= MAX_SHEET_ROWS:
                raise damaged()
            self._number, self._at, self._cells, self._size = number, -1, [], 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        position = _position(attributes["r"]) if "r" in attributes else self._at + 1
        if not self._at < position < MAX_SHEET_COLUMNS or not self._number:
            raise damaged()
        self._at = position
        self._attributes = attributes
        self._written = []
        self._has_value = self._has_formula = False

    def _text(self, text: str) -> None:
        if self._in_value and self._size <= MAX_ROW:
            self._written.append(text)
            self._size += len(text)

    def _end(self, name: str) -> None:
        if self._is_over:
            return
        if name in ("v", "t"):
            self._in_value = False
        elif name == "c":
            self._end_cell()
        elif name == "rPh":
            self._in_phonetic = False
        elif name == "row":
            if self._cells:
                self._rows.append((self._number, self._cells))
            self._cells = []
        elif name == "sheetData":
            self._is_over = True

    def _end_cell(self) -> None:
        if self._has_value or self._has_formula:
            style = self._attributes.get("s", "0")
            self._cells.append(
                RawCell(
                    self._at,
                    self._attributes.get("t", "n"),
                    int(style) if style.isdecimal() and len(style) < 10 else 0,
                    "".join(self._written) if self._has_value else None,
                    self._has_formula,
                )
            )


def _position(reference: str) -> int:
    """The column of a reference such as AB12, from 0."""
    letters = reference.rstrip("0123456789")
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha():
        raise damaged()
    position = 0
    for letter in letters.upper():
        position = position * 26 + ord(letter) - 64
    return position - 1
