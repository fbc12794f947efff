"""What the cells of an XLSX sheet mean: shared texts, formats of numbers, dates."""

from __future__ import annotations

import re
from array import array
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.files.rows import MAX_ROW, OVERLONG
from adapters.files.xlsx_package import MAX_TEXTS, Package, XmlParser, too_large

_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""Numbers of Excel's own formats of dates and times, East Asian ones included (ISO/IEC 29500-1, 18.8.30)."""
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_SIGN = re.compile(r"[dmyhs]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ISO_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00(:00(\.0+)?)?Z?")
_MAX_WHOLE = 10**15
"""Excel keeps 15 digits of a number."""
MAX_SHARED = 64 * 2**20
"""Characters of shared texts in all cells together; each cell that repeats one takes only a few bytes of the file."""
_LAST_SERIAL = 2_958_466
"""The day after 9999-12-31."""
_FEBRUARY_29_1900 = 60
"""A day that Excel counts, and that never was."""


class RawCell(NamedTuple):
    """A cell as the sheet has it."""

    position: int
    kind: str
    style: int
    written: str | None
    """None if there is no value. Cut off where the row becomes longer than MAX_ROW."""
    has_formula: bool


class BadValue(Exception):
    """Why a cell cannot be read."""


class SharedTexts:
    """The texts of the workbook, which cells name by number. They take a byte per byte, and 4 for each text."""

    def __init__(self, package: Package | None = None, part: str | None = None) -> None:
        self._bytes = bytearray()
        self._ends = array("I")
        self._in_text = self._in_phonetic = False
        if package and part:
            parser = XmlParser(start=self._start, end=self._end, text=self._add)
            for chunk in package.chunks(part, MAX_TEXTS):
                parser.feed(chunk)
            parser.finish()

    def __getitem__(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        end = self._ends[number]
        if end - start > 4 * MAX_ROW:
            raise BadValue(OVERLONG)
        return self._bytes[start:end].decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self._ends)

    def _start(self, name: str, _: dict[str, str]) -> None:
        if name == "t":
            self._in_text = True
        elif name == "rPh":
            self._in_phonetic = True

    def _end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_phonetic = False
        elif name == "si":
            self._ends.append(len(self._bytes))

    def _add(self, text: str) -> None:
        if self._in_text and not self._in_phonetic:
            self._bytes += text.encode("utf-8", "surrogatepass")


class Formats:
    """How the styles of the workbook show numbers: as dates, with leading zeros, or plainly."""

    def __init__(self, package: Package | None = None, part: str | None = None) -> None:
        self._codes: dict[int, str] = {}
        self._styles: list[int] = []
        self._in_styles = False
        if package and part:
            package.parse(part, self._start)
        self._kinds = [self._kind(number) for number in self._styles]

    def is_date(self, style: int) -> bool:
        """Whether numbers of this style are dates or times."""
        return style < len(self._kinds) and self._kinds[style] < 0

    def digits(self, style: int) -> int:
        """The digits that numbers of this style have at least."""
        return max(self._kinds[style], 0) if style < len(self._kinds) else 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs"):
            self._in_styles = name == "cellXfs"
        elif name == "xf" and self._in_styles:
            self._styles.append(_whole(attributes.get("numFmtId")))

    def _kind(self, number: int) -> int:
        code = self._codes.get(number)
        if code is None:
            return -1 if number in _DATE_FORMATS else 0
        if _ZEROS.fullmatch(code):
            return min(len(code), 40)
        # A duration such as [h]:mm keeps its colon and minutes.
        return -1 if _DATE_SIGN.search(_LITERAL.sub("", code.partition(";")[0])) else 0


class Values:
    """Reads the cells of a workbook as text, like Excel shows them; dates as 2026-03-31."""

    def __init__(self, texts: SharedTexts, formats: Formats, *, since_1904: bool) -> None:
        self._texts = texts
        self._formats = formats
        self._since_1904 = since_1904
        self._shared_so_far = 0

    def text(self, cell: RawCell) -> str:
        """The value. Raises BadValue, and RosterUnreadable when the cells repeat too much text."""
        written = cell.written
        if cell.kind == "e":
            raise BadValue(f"has the error {(written or '')[:20]}. Correct the formula, or type the value")
        if not written:
            if cell.has_formula and cell.kind != "str":
                raise BadValue("has a formula without a result. Open the file in Excel and save it again")
            return ""
        match cell.kind:
            case "s":
                return self._shared(written)
            case "str" | "inlineStr":
                return _unescaped(written)
            case "b":
                return "FALSE" if written.strip() in ("0", "false") else "TRUE"
            case "d":
                day = _ISO_MIDNIGHT.fullmatch(written)
                return day[1] if day else written.replace("T", " ")
            case _:
                return self._number(written, cell.style)

    def _shared(self, written: str) -> str:
        number = _whole(written)
        if not 0 <= number < len(self._texts):
            raise BadValue("refers to a text that the workbook lacks. Open the file in Excel and save it again")
        text = self._texts[number]
        self._shared_so_far += len(text)
        if self._shared_so_far > MAX_SHARED:
            raise too_large()
        return _unescaped(text)

    def _number(self, written: str, style: int) -> str:
        try:
            number = float(written)
        except ValueError:
            raise BadValue("is not a number, though the workbook says so. Type the value again") from None
        if self._formats.is_date(style):
            return self._date(number)
        if not abs(number) < _MAX_WHOLE:
            raise BadValue(
                "is a number with more digits than Excel keeps. Format the column as text, and enter it again"
            )
        if number.is_integer():
            whole = int(number)
            return str(whole).zfill(self._formats.digits(style))
        return format(number, ".15g")

    def _date(self, serial: float) -> str:
        if self._since_1904:
            serial += 1462
        if not 0 <= serial < _LAST_SERIAL or _FEBRUARY_29_1900 <= serial < _FEBRUARY_29_1900 + 1:
            raise BadValue("is shown as a date, and is none. Type the date again")
        days, seconds = divmod(round(serial * 86_400), 86_400)
        if not days:
            return str(timedelta(seconds=seconds)).zfill(8)
        first = datetime(1899, 12, 30 if days >= _FEBRUARY_29_1900 else 31)
        moment = first + timedelta(days=days, seconds=seconds)
        return moment.strftime("%Y-%m-%d %H:%M:%S").zfill(19) if seconds else moment.date().isoformat()


def _unescaped(text: str) -> str:
    """A text in which Excel has written some characters as _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _whole(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 10 else -1
