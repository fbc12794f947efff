"""Dates in a roster: as 2026-03-31, or in the format that a mapping states. A format is never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from domain.kernel.errors import InvalidValue
from domain.kernel.typography import alike

_FORMAT = re.compile(r"(YYYY|MMM|MM?|DD?)([-/. ])(YYYY|MMM|MM?|DD?)(\2|, )(YYYY|MMM|MM?|DD?)")
_PARTS = {"Y": r"(?P<Y>\d{4})", "M": r"(?P<M>\d{1,2})", "D": r"(?P<D>\d{1,2})"}
_MONTH_NAME = r"(?P<M>[A-Za-z]{3,9})\.?"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = re.compile(r"[T ](?:0?0:00(?::00(?:\.0+)?)?|12:00(?::00)? ?AM)Z?", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}")
_SERIAL = re.compile(r"[1-9]\d{4}")
_EXAMPLE = "must be a date such as 2026-03-31"


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How a file writes dates: YYYY, MM, DD and MMM (the name of a month) in some order, such as MM/DD/YYYY.

    Days and months may have one digit or two.
    """

    written: str

    def __post_init__(self) -> None:
        found = _FORMAT.fullmatch(self.written)
        if not found or {part[0] for part in found.groups()[::2]} != {"Y", "M", "D"}:
            raise InvalidValue(
                "must have YYYY, MM or MMM (a name), and DD, with - / . or spaces between, such as MM/DD/YYYY",
                "dates",
            )

    def read(self, text: str) -> date:
        """The date. Raises InvalidValue."""
        found = re.fullmatch(self._pattern(), text)
        if not found:
            more = "; years have four digits" if _SHORT_YEAR.fullmatch(text) else ""
            raise InvalidValue(
                f"is {text[:40]!r}, and must be a date written as {self.written} or such as 2026-03-31{more}"
            )
        year, month, day = int(found["Y"]), self._month(found["M"], text), int(found["D"])
        if month > 12 and 1 <= day <= 12:
            raise InvalidValue(
                f"is {text!r}, and {self.written} means month {month}, which does not exist. If the whole file has the "
                "day and the month in the other order, correct `dates` in the mapping; otherwise correct this date"
            )
        try:
            return date(year, month, day)
        except ValueError:
            raise InvalidValue(f"is {text!r}, a day that does not exist") from None

    def _month(self, written: str, text: str) -> int:
        if written.isdecimal():
            return int(written)
        for number, name in enumerate(_MONTHS, start=1):
            if name.startswith(written.lower()):
                return number
        raise InvalidValue(f"is {text!r}, and {written!r} is not the English name of a month")

    def _pattern(self) -> str:
        found = _FORMAT.fullmatch(self.written)
        assert found  # noqa: S101  # since __post_init__
        return "".join(
            _MONTH_NAME if part == "MMM" else _PARTS.get(part[0]) or re.escape(part) for part in found.groups()
        )


def iso_date(text: str, dates: DateFormat | None) -> str:
    """The date of a cell as 2026-03-31; an empty cell stays empty. Raises InvalidValue."""
    written = alike(text)
    if not written:
        return ""
    if midnight := _MIDNIGHT.search(written):
        # Databases and spreadsheets write days as the moment at which they begin.
        written = written[: midnight.start()] + written[midnight.end() :]
    if _ISO.fullmatch(written):
        try:
            return date.fromisoformat(written).isoformat()
        except ValueError:
            raise InvalidValue(f"is {written!r}, a day that does not exist") from None
    if dates:
        return dates.read(written).isoformat()
    if _DIGITS.fullmatch(written):
        raise InvalidValue(
            f"{_EXAMPLE}, and is {written!r}. Say in a mapping how the file writes dates: `dates: MM/DD/YYYY` if the "
            "month comes first, `dates: DD/MM/YYYY` if the day does"
        )
    if _SERIAL.fullmatch(written):
        raise InvalidValue(f"{_EXAMPLE}, and is {written!r}, as Excel counts days. Format the column as dates")
    raise InvalidValue(_EXAMPLE)
